"""`manage.py serve` as a process: what it refuses, and how one signal ends all of it."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

pytestmark = pytest.mark.processes
PATIENCE = 30
BROKERS = os.environ.get("TASKHUB_TEST_BROKERS", "").split()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Server:
    """One `serve` on a port and a data directory of its own."""

    def __init__(self, data: Path, **environment: str) -> None:
        outer = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "CELERY_BROKER_URL"}}
        self.environment = {**outer, "DJANGO_SETTINGS_MODULE": "taskhub.settings", "TASKHUB_DATA_DIR": str(data)}
        self.environment |= {"DEBUG": "true"} | environment
        self.environment.pop("SECRET_KEY", None) if "SECRET_KEY" not in environment else None
        self.port = free_port()
        self.process: subprocess.Popen[str] | None = None

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *words]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=PATIENCE)

    def start(self, *words: str, host: str = "127.0.0.1") -> "subprocess.Popen[str]":
        command = [sys.executable, "manage.py", "serve", "--bind", f"{host}:{self.port}", *words]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        return self.process

    def refusal(self, *words: str, host: str = "127.0.0.1") -> str:
        """What it says when it does not start."""
        process = self.start(*words, host=host)
        said = process.communicate(timeout=PATIENCE)[0]
        assert process.returncode == 1, said
        return said

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError):
            return False

    def end(self, sign: signal.Signals) -> int:
        assert self.process
        self.process.send_signal(sign)
        return self.process.wait(PATIENCE)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def children(pid: int) -> set[int]:
    """All processes under this one, by Linux' own list."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found |= {child} | children(child)
    return found


def alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    assert server.manage("migrate", "--verbosity", "0").returncode == 0
    yield server
    if server.process and server.process.poll() is None:
        server.process.kill()


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_one_signal_ends_web_and_background(server: Server, sign: signal.Signals) -> None:
    process = server.start("--background")
    until(server.answers)
    below = children(process.pid)
    assert below
    assert server.end(sign) == 0
    assert not any(alive(pid) for pid in below)
    assert not server.answers()


def test_nothing_outlives_a_killed_server(server: Server) -> None:
    process = server.start("--background")
    until(server.answers)
    below = children(process.pid)
    server.end(signal.SIGKILL)
    until(lambda: not any(alive(pid) for pid in below))


def test_background_with_a_broker_is_two_more_processes_and_ends_with_them(server: Server) -> None:
    server.environment["CELERY_BROKER_URL"] = f"redis://127.0.0.1:{free_port()}/0"  # a dead broker stops nothing
    process = server.start("--background")
    until(server.answers)
    until(lambda: len(children(process.pid)) >= 3)
    below = children(process.pid)
    assert server.end(signal.SIGTERM) == 0
    assert not any(alive(pid) for pid in below)


@pytest.mark.parametrize("broker", BROKERS)
def test_work_goes_through_a_live_broker(server: Server, broker: str) -> None:
    server.environment["CELERY_BROKER_URL"] = broker
    process = server.start("--background")
    until(server.answers)
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/readyz", timeout=5) as answer:
        assert json.load(answer)["broker"] is True
    below = children(process.pid)
    assert server.end(signal.SIGTERM) == 0
    assert not any(alive(pid) for pid in below)


def test_production_serves_hashed_static_files(server: Server) -> None:
    server.environment |= {"DEBUG": "false", "SECRET_KEY": secrets.token_urlsafe(50)}
    server.start()
    until(server.answers)
    assert (Path(server.environment["TASKHUB_DATA_DIR"]) / "static" / "staticfiles.json").exists()
    assert server.end(signal.SIGTERM) == 0


def test_debug_is_refused_beyond_loopback(server: Server) -> None:
    assert "loopback" in server.refusal(host="0.0.0.0")


@pytest.mark.parametrize("key", ["", "changeme", "a" * 60, "django-insecure-" + "0123456789abcdef" * 3])
def test_production_refuses_a_weak_key(server: Server, key: str) -> None:
    server.environment |= {"DEBUG": "false", "SECRET_KEY": key}
    assert "SECRET_KEY" in server.refusal()


def test_production_refuses_any_host(server: Server) -> None:
    server.environment |= {"DEBUG": "false", "SECRET_KEY": secrets.token_urlsafe(50), "ALLOWED_HOSTS": "*"}
    assert "ALLOWED_HOSTS" in server.refusal()


def test_taken_port_is_said_plainly(server: Server) -> None:
    with socket.create_server(("127.0.0.1", server.port)):
        assert "Cannot listen" in server.refusal()


@pytest.mark.parametrize("bind", ["8000", "localhost", "localhost:0", "localhost:70000", "no.such.host.invalid:80"])
def test_wrong_address_is_refused(server: Server, bind: str) -> None:
    assert "--bind" in server.manage("serve", "--bind", bind).stderr


def test_embedded_background_is_refused_with_two_web_processes(server: Server) -> None:
    server.environment["WEB_PROCESSES"] = "2"
    assert "CELERY_BROKER_URL" in server.refusal("--background")


def test_database_that_is_behind_is_refused(tmp_path: Path) -> None:
    assert "migrate" in Server(tmp_path / "new").refusal()
