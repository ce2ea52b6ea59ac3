"""A grown TaskHub of real processes: web servers, Celery workers and beats, as docs/operators.md starts them."""

import contextlib
import os
import secrets
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.taskhub.serving import ROOT, free_port

from .servers import Process, wait_for

CELERY = ["celery", "-A", "taskhub"]


class Hub:
    """Its processes by name, on one database and with one broker (or none: then the background is embedded)."""

    def __init__(self, place: Path, *, database: str, broker: str = "", **settings: str) -> None:
        self.place, self.database = place, database
        self.processes: dict[str, Process] = {}
        self.ports: dict[str, int] = {}
        outer = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "DATABASE_"))}
        self.environment = outer | {
            "DATABASE_URL": database,
            "CELERY_BROKER_URL": broker,
            "DEBUG": "false",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "TASKHUB_DATA_DIR": str(place),
            "LOG_LEVEL": "WARNING",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            **settings,
        }
        self.manage("migrate", "--verbosity", "0")

    def manage(self, *words: str, stdin: str = "") -> str:
        """What a command of manage.py prints."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    # --- Processes --------------------------------------------------------------------------------

    def start(self, name: str, command: list[str]) -> Process:
        """A process under a name of its own; its log has the same name."""
        log = self.place / f"{name}.log"
        process = Process(command, log=log, environment=self.environment, user=None, cwd=str(ROOT))
        self.processes[name] = process
        process.start()
        return process

    def start_web(self, name: str, *words: str) -> None:
        """A web server. Under the same name it gets the same port again."""
        port = self.ports.setdefault(name, free_port())
        self.start(name, ["python", "manage.py", "serve", "--bind", f"127.0.0.1:{port}", *words])

    def await_webs(self) -> None:
        """Returns when all answer."""
        for name, port in self.ports.items():
            wait_for(lambda port=port: self.is_healthy(port), name)

    def start_worker(self, name: str, *words: str) -> None:
        """A Celery worker."""
        self.start(name, [*CELERY, "worker", "--hostname", f"{name}@%h", *words])

    def start_beat(self, name: str) -> None:
        """A beat."""
        self.start(name, [*CELERY, "beat"])

    def is_healthy(self, port: int) -> bool:
        return self.status(port, "/healthz") == 200

    def status(self, port: int, path: str) -> int:
        """The status of the answer to a plain GET; 0 if there is none."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=15) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except (OSError, ConnectionError):
            return 0

    def logged(self, words: str) -> list[str]:
        """The lines of all logs that have these words."""
        logs = sorted(self.place.glob("*.log"))
        return [line for log in logs for line in log.read_text(errors="replace").splitlines() if words in line]

    def sweep_away(self) -> None:
        for process in self.processes.values():
            process.sweep_away()


@contextlib.contextmanager
def grown(
    place: Path, *, database: str, broker: str = "", webs: int = 1, workers: int = 1, beats: int = 1, **settings: str
) -> Iterator[Hub]:
    """So many of each; without a broker one process with its background inside. In the end nothing is left."""
    hub = Hub(place, database=database, broker=broker, **settings)
    try:
        for number in range(workers if broker else 0):
            hub.start_worker(f"worker{number}", "--concurrency", "2")
        for number in range(beats if broker else 0):
            hub.start_beat(f"beat{number}")
        for number in range(webs if broker else 1):
            hub.start_web(f"web{number}", *([] if broker else ["--background"]))
        hub.await_webs()
        yield hub
    finally:
        hub.sweep_away()
