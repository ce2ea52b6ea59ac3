"""Starts `manage.py serve` as a process of its own, and looks at what runs below it."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from tests.architecture.source import ROOT

PATIENCE = 120


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
