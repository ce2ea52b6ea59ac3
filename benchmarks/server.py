"""A real TaskHub for a run: a database of its own beside the one of DATABASE_URL, and `manage.py serve`."""

import contextlib
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).resolve().parents[1]
DEFAULT = "postgres://postgres@127.0.0.1:5432/postgres"
PROCESSES = 2
START = 60.0


@dataclass(frozen=True)
class Hub:
    """Where it listens, and what to call it with."""

    port: int
    key: str
    database: str


@contextlib.contextmanager
def running() -> Iterator[Hub]:
    """Serves until the block ends; then the database is dropped."""
    with database() as url, tempfile.TemporaryDirectory(prefix="taskhub-bench-") as directory:
        made = environment(url, directory)
        manage(made, "migrate", "--verbosity", "0")
        key = manage(made, "create_application", "bench")
        port = _free_port()
        command = [sys.executable, "manage.py", "serve", "--bind", f"127.0.0.1:{port}"]
        process = subprocess.Popen(command, cwd=ROOT, env=made, stdout=subprocess.DEVNULL)
        try:
            _await(port, process)
            yield Hub(port, key, url)
        finally:
            process.terminate()
            process.wait(30)


@contextlib.contextmanager
def database(keep: str = "") -> Iterator[str]:
    """The URL of a database that is dropped in the end, or of the one that is kept: made if it is not there."""
    base = urlsplit(os.environ.get("DATABASE_URL") or DEFAULT)
    name = keep or f"taskhub_bench_{os.getpid()}"
    with psycopg.connect(urlunsplit(base), autocommit=True) as admin:
        if not admin.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchall():
            admin.execute(f'CREATE DATABASE "{name}"'.encode())
        try:
            yield urlunsplit(base._replace(path=f"/{name}"))
        finally:
            if not keep:
                admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def environment(url: str, directory: str) -> dict[str, str]:
    """The environment of TaskHub there: as in production, without a broker."""
    inherited = {name: value for name, value in os.environ.items() if name != "CELERY_BROKER_URL"}
    return {
        **inherited,
        "DATABASE_URL": url,
        "TASKHUB_DATA_DIR": directory,
        "DEBUG": "false",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "WEB_PROCESSES": str(PROCESSES),
        "LOG_LEVEL": "WARNING",
    }


def manage(made: dict[str, str], *arguments: str) -> str:
    """What a command prints; a failing one ends the run."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=made, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(arguments)} failed:\n{done.stderr}")
    return done.stdout.strip()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", int(os.environ.get("BENCH_PORT", "0")))) as server:
        return int(server.getsockname()[1])


def _await(port: int, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + START
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (OSError, urllib.error.URLError):
            time.sleep(0.2)
    sys.exit("The server does not answer.")
