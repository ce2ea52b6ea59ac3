"""A real TaskHub for a run: `manage.py serve` on a database of its own, beside the one of DATABASE_URL or SQLite."""

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
    """Where it listens, what to call it with, its first process, and in how many seconds that answered."""

    port: int
    key: str
    database: str
    pid: int
    started_in: float

    def memory(self) -> list[float]:
        """MiB of each process, the parent first; memory that processes share counts in parts (PSS)."""
        return [_memory(pid) for pid in [self.pid, *_children(self.pid)]]


@contextlib.contextmanager
def running() -> Iterator[Hub]:
    """Serves until the block ends; then the database is dropped."""
    with database() as url, _serving(url) as hub:
        yield hub


@contextlib.contextmanager
def embedded() -> Iterator[Hub]:
    """The same as one process on SQLite, with the background in it."""
    with _serving("", "--background", WEB_PROCESSES="1") as hub:
        yield hub


@contextlib.contextmanager
def _serving(url: str, *options: str, **settings: str) -> Iterator[Hub]:
    with tempfile.TemporaryDirectory(prefix="taskhub-bench-") as directory:
        made = {**environment(url, directory), **settings}
        manage(made, "migrate", "--verbosity", "0")
        key = manage(made, "create_application", "bench")
        port = _free_port()
        command = [sys.executable, "manage.py", "serve", "--bind", f"127.0.0.1:{port}", *options]
        with _started(command, made, port):  # once a version files are compressed: that is not measured
            pass
        began = time.perf_counter()
        with _started(command, made, port) as pid:
            yield Hub(port, key, url, pid, time.perf_counter() - began)


@contextlib.contextmanager
def _started(command: list[str], made: dict[str, str], port: int) -> Iterator[int]:
    process = subprocess.Popen(command, cwd=ROOT, env=made, stdout=subprocess.DEVNULL)
    try:
        _await(port, process)
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


def _children(pid: int) -> list[int]:
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for one in lists for child in one.read_text().split()]


def _memory(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


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
            time.sleep(0.05)
    sys.exit("The server does not answer.")
