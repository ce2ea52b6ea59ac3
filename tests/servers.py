"""The one place where tests start TaskHub: its commands, web servers, Celery workers and beats, as processes."""

import atexit
import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Self, TypeVar
from urllib.parse import quote, unquote, urlsplit

import psycopg
from taskhub_client import Client

from taskhub.processes import DRAIN, end_with_parent
from tests.architecture.source import ROOT

Value = TypeVar("Value")
PATIENCE = 120.0
"""Seconds that a process may take for what it does at once on an idle machine."""
TAIL = 4_000
"""Characters of each log that a failed test shows."""
OURS = ("DJANGO_", "DATABASE_", "CELERY_", "TASKHUB_", "SECRET_KEY", "DEBUG")
"""Variables of the product: a hub gets those that its test names, and none of the test run's."""


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(condition: Callable[[], Value], what: object = "", *, seconds: float = PATIENCE) -> Value:
    """The first true value of the condition. Fails after so many seconds."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"waited {seconds:.0f} s for {what or condition}"
        time.sleep(0.05)
    return value


def children(pid: int) -> set[int]:
    """All processes under this one, by Linux' own list."""
    below: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            below |= {child} | children(child)
    return below


def alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


class Process:
    """A command as a child with a log, in a group of its own; it ends with the test run, even with a killed one."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        environment: dict[str, str],
        user: str | None = None,
        cwd: Path = Path("/"),
    ) -> None:
        self.command, self.log, self.environment, self.user = list(command), log, environment, user
        self.cwd = cwd
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with open(self.log, "ab") as log:
            self.child = self._open(log)

    def _open(self, log: IO[bytes]) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            self.command,
            env=self.environment,
            user=self.user,
            stdout=log,
            stderr=log,
            process_group=0,
            cwd=self.cwd,
            preexec_fn=end_with_parent,
        )

    @property
    def pid(self) -> int:
        assert self.child
        return self.child.pid

    @property
    def is_running(self) -> bool:
        return self.child is not None and self.child.poll() is None

    def output(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def send(self, sign: signal.Signals) -> None:
        os.kill(self.pid, sign)

    def wait(self, seconds: float = PATIENCE) -> int:
        """Its exit code, when it has ended."""
        assert self.child
        return self.child.wait(seconds)

    def kill(self) -> None:
        """kill -9, of this process alone; it is gone when this returns."""
        assert self.child
        self.child.kill()
        self.child.wait()

    def end(self, sign: signal.Signals = signal.SIGTERM, seconds: float = 2 * DRAIN) -> int:
        """Ask it to end; its exit code."""
        assert self.child
        self.child.send_signal(sign)
        return self.child.wait(seconds)

    def sweep_away(self) -> None:
        """Nothing of it is left, whatever state it was in."""
        if self.child:
            for sign in (signal.SIGCONT, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.child.pid, sign)
            self.child.wait()


class Hub:
    """TaskHub on one data directory: its processes by name. In the end of a `with` nothing is left of them.

    `database` is a URL (none: SQLite in the directory), `broker` another one (none: the background runs embedded),
    `source` the checkout that is run. Each of `settings` is a variable of the environment; None takes one away.
    """

    def __init__(
        self, place: Path, *, database: str = "", broker: str = "", source: Path = ROOT, **settings: str | None
    ) -> None:
        self.place, self.database, self.source = place, database, source
        self.processes: dict[str, Process] = {}
        self.ports: dict[str, int] = {}
        variables: dict[str, str | None] = {
            **{name: value for name, value in os.environ.items() if not name.startswith(OURS)},
            "DATABASE_URL": database or None,
            "CELERY_BROKER_URL": broker,
            "DEBUG": "false",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "TASKHUB_DATA_DIR": str(place),
            "LOG_LEVEL": "WARNING",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            **settings,
        }
        self.environment = {name: value for name, value in variables.items() if value is not None}
        self.is_open = True
        _hubs.append(self)

    def command(self, *words: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        """One command of manage.py, whatever it ends with."""
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=self.source,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def manage(self, *words: str, stdin: str = "") -> str:
        """What a command of manage.py prints; it must succeed."""
        done = self.command(*words, stdin=stdin)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def migrate(self) -> Self:
        """Give its database all tables, and a new place its static files. What this checkout has is copied."""
        if self.source == ROOT and self.environment["DEBUG"] == "false" and not (self.place / "static").exists():
            shutil.copytree(_prepared_place() / "static", self.place / "static", copy_function=os.link)
            shutil.copy(_prepared_place() / "static.sources", self.place)
        file = _sqlite_file(self.database or f"sqlite:///{self.place / 'taskhub.sqlite3'}")
        if file and self.source == ROOT and not file.exists():
            shutil.copy(_prepared_place() / "taskhub.sqlite3", file)
        else:
            self.manage("migrate", "--verbosity", "0")
        return self

    # --- Processes --------------------------------------------------------------------------------

    def spawn(self, name: str, command: Sequence[str]) -> Process:
        """A process under a name of its own; its log has the same name."""
        log = self.place / f"{name}.log"
        process = Process(command, log=log, environment=dict(self.environment), cwd=self.source)
        self.processes[name] = process
        process.start()
        return process

    def start_web(self, name: str, *words: str, host: str = "127.0.0.1") -> Process:
        """A web server; `await_webs` waits for it. Under the same name it gets the same port again."""
        port = self.ports.setdefault(name, free_port())
        return self.spawn(name, ["python", "manage.py", "serve", "--bind", f"{host}:{port}", *words])

    def start_worker(self, name: str, *words: str) -> Process:
        """A Celery worker."""
        return self.spawn(name, ["celery", "-A", "taskhub", "worker", "--hostname", f"{name}@%h", *words])

    def start_beat(self, name: str) -> Process:
        return self.spawn(name, ["celery", "-A", "taskhub", "beat"])

    def await_webs(self) -> None:
        """Returns when all are ready. Fails at once when one has ended instead."""
        for name, port in self.ports.items():
            wait_until(lambda name=name, port=port: self._is_ready(name, port), name)  # type: ignore[misc]

    def _is_ready(self, name: str, port: int) -> bool:
        process = self.processes.get(name)
        assert process is None or process.is_running, f"{name} has ended:\n{process.output()}"
        return self.status(port, "/readyz") == 200

    def status(self, port: int, path: str) -> int:
        """The status of the answer to a plain GET; 0 if there is none."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=15) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def logged(self, words: str) -> list[str]:
        """The lines of all logs that have these words."""
        logs = sorted(self.place.glob("*.log"))
        return [line for log in logs for line in log.read_text(errors="replace").splitlines() if words in line]

    def sweep_away(self) -> None:
        """Kills whatever of it still runs."""
        self.is_open = False
        for process in self.processes.values():
            process.sweep_away()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.sweep_away()


class Server(Hub):
    """TaskHub as one `serve` on one port, as `make run` starts it."""

    NAME = "server"

    def __init__(
        self, place: Path, *, database: str = "", broker: str = "", source: Path = ROOT, **settings: str | None
    ) -> None:
        super().__init__(place, database=database, broker=broker, source=source, **settings)
        self.port = self.ports[self.NAME] = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    @property
    def process(self) -> Process:
        return self.processes[self.NAME]

    def start(self, *options: str) -> Process:
        """Starts it with its background and waits until it is ready."""
        return self.serve("--background", *options)

    def serve(self, *options: str) -> Process:
        """Starts it with these options alone and waits until it is ready."""
        process = self.start_web(self.NAME, *options)
        self.await_webs()
        return process

    def refusal(self, *options: str, host: str = "127.0.0.1") -> str:
        """What it prints when it does not start."""
        process = self.start_web(self.NAME, *options, host=host)
        assert process.wait() == 1, process.output()
        return process.output()

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> int:
        """Ends it; its exit code."""
        return self.process.end(sign)

    @property
    def is_ready(self) -> bool:
        return self.status(self.port, "/readyz") == 200

    def application(self, key: str) -> Client:
        """The REST client of an application."""
        return Client(self.url, key)

    def __exit__(self, *_: object) -> None:
        """SIGTERM; what does not end in time is killed."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            if self.NAME in self.processes and self.process.is_running:
                self.stop()
        self.sweep_away()


@contextlib.contextmanager
def grown(
    place: Path, *, database: str, broker: str = "", webs: int = 1, workers: int = 1, beats: int = 1, **settings: str
) -> Iterator[Hub]:
    """So many processes of each kind; without a broker one process with its background inside."""
    with Hub(place, database=database, broker=broker, source=ROOT, **settings).migrate() as hub:
        for number in range(workers if broker else 0):
            hub.start_worker(f"worker{number}", "--concurrency", "2")
        for number in range(beats if broker else 0):
            hub.start_beat(f"beat{number}")
        for number in range(webs if broker else 1):
            hub.start_web(f"web{number}", *([] if broker else ["--background"]))
        hub.await_webs()
        yield hub


def client_worker(program: str, *options: str, log: Path, url: str, key: str, **environment: str) -> Process:
    """`taskhub work PROGRAM` of the client package, started."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "clients/python/src")])
    variables = {**os.environ, "TASKHUB_URL": url, "TASKHUB_KEY": key, **environment, "PYTHONPATH": path}
    command = [sys.executable, "-m", "taskhub_client.cli", "work", program, *options]
    process = Process(command, log=log, environment=variables, cwd=ROOT)
    process.start()
    return process


@cache
def _prepared_place() -> Path:
    """Static files, and a SQLite database with all tables and no rows but theirs; made once by each test process."""
    place = Path(tempfile.mkdtemp(prefix="taskhub-prepared-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    hub = Hub(place)
    hub.manage("migrate", "--verbosity", "0")
    hub.manage("shell", "--no-imports", "--command", "from taskhub.static import collect; collect()")
    hub.is_open = False
    return place


def _sqlite_file(url: str) -> Path | None:
    parts = urlsplit(url)
    return Path(unquote(parts.path[1:])) if parts.scheme == "sqlite" else None


@contextlib.contextmanager
def new_database(suite: str, place: Path) -> Iterator[str]:
    """The URL of an empty database of the kind that the suite runs on: beside the suite's, or a file in that place."""
    if not suite.startswith("postgres"):
        yield f"sqlite:///{quote(str(place / 'taskhub.sqlite3'))}"
        return
    url = make_database(suite, f"taskhub_{os.getpid()}_{secrets.token_hex(4)}")
    try:
        yield url
    finally:
        drop_database(url)


def make_database(url: str, name: str) -> str:
    """A new database on the PostgreSQL server of that URL, whose own need not be there; its URL."""
    with psycopg.connect(_beside(url, "postgres"), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
    return _beside(url, name)


def drop_database(url: str) -> None:
    """Ends the connections that are still in it."""
    with psycopg.connect(_beside(url, "postgres"), autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{urlsplit(url).path[1:]}" WITH (FORCE)')


def _beside(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()


_hubs: list[Hub] = []


def outputs() -> list[tuple[str, str]]:
    """(name, end of its log) of each process of the hubs that this test used."""
    processes = [process for hub in _hubs for process in hub.processes.values()]
    return [(process.log.name, process.output()[-TAIL:]) for process in processes if process.output()]


def forget_closed() -> None:
    """A hub that is swept away belongs to a test that is over."""
    _hubs[:] = [hub for hub in _hubs if hub.is_open]
