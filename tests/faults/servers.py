"""Servers of a test's own, on ports and in places of their own: PostgreSQL, Redis, RabbitMQ. To be killed and wiped."""

import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

import psycopg
import pytest

from taskhub.processes import end_with_parent
from tests.taskhub.serving import free_port

PATIENCE = 90.0


def wait_for(true: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Fails after so many seconds."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.05)


def require(here: bool, program: str) -> None:
    """Where all that is checked must be checked (`CI`), a missing program fails the test; else it skips it."""
    if not here:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"there is no {program}")


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Process:
    """A command as a child with a log, in a group of its own."""

    def __init__(
        self, command: Sequence[str], *, log: Path, environment: dict[str, str], user: str | None, cwd: str = "/"
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

    def send(self, sign: signal.Signals) -> None:
        os.kill(self.pid, sign)

    def kill(self) -> None:
        """kill -9, of this process alone; it is gone when this returns."""
        assert self.child
        self.child.kill()
        self.child.wait()

    def end(self, sign: signal.Signals = signal.SIGTERM, seconds: float = 60) -> int:
        """Ask it to end; its exit code."""
        assert self.child
        self.child.send_signal(sign)
        return self.child.wait(seconds)

    def sweep_away(self) -> None:
        """Nothing of it is left, whatever state it was in."""
        if self.child:
            for sign in (signal.SIGCONT, signal.SIGKILL):
                try:
                    os.killpg(self.child.pid, sign)
                except ProcessLookupError:
                    break
            self.child.wait()


def unprivileged(name: str) -> str | None:
    """The account for servers that refuse to run as root; None if this is not root."""
    return name if os.getuid() == 0 else None


def given_to(place: Path, user: str | None) -> Path:
    """The place, made, and owned by that account."""
    place.mkdir(parents=True, exist_ok=True)
    if user:
        account = pwd.getpwnam(user)
        os.chown(place, account.pw_uid, account.pw_gid)
        for above in place.parents:  # a directory of the test run is closed to others
            if above.owner() == "root" and not above.stat().st_mode & 0o001:
                above.chmod(above.stat().st_mode | 0o011)
    return place


class Postgres:
    """A cluster with fsync on, whose postmaster can be killed."""

    BIN = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1:] or [os.path.dirname(shutil.which("postgres") or "")]
    is_here = bool(BIN[0]) and os.path.exists(f"{BIN[0]}/initdb")

    def __init__(self, place: Path, **settings: object) -> None:
        user = unprivileged("postgres")
        self.place, self.port = given_to(place, user), free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        data = str(place / "data")
        make = [f"{self.BIN[0]}/initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale", "C"]
        subprocess.run(make, user=user, check=True, stdout=subprocess.DEVNULL, cwd="/")
        settings = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", **settings}
        options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
        command = [f"{self.BIN[0]}/postgres", "-D", data, *options]
        self.process = Process(command, log=place.parent / "postgres.log", environment=dict(os.environ), user=user)

    def start(self) -> None:
        """Starts, if need be again and again while processes of a killed one still end; returns when it answers."""
        self.process.start()
        wait_for(self._answers, "PostgreSQL")

    def _answers(self) -> bool:
        child = self.process.child
        if child and child.poll() is not None:
            self.process.start()
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def make_database(self, name: str) -> str:
        """Its URL."""
        return make_database(self.url, name)


def make_database(url: str, name: str) -> str:
    """A new database on the server of that URL, whose own need not be there."""
    with psycopg.connect(_beside(url, "postgres"), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
    return _beside(url, name)


def drop_database(url: str) -> None:
    """Whoever is still in it."""
    with psycopg.connect(_beside(url, "postgres"), autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{url.rpartition("/")[2]}" WITH (FORCE)')


def _beside(url: str, name: str) -> str:
    return f"{url.rpartition('/')[0]}/{name}"


class Redis:
    """Keeps nothing on disk: stopping it loses every message."""

    is_here = shutil.which("redis-server") is not None

    def __init__(self, place: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = Process(command, log=place / "redis.log", environment=dict(os.environ), user=None)

    def start(self) -> None:
        self.process.start()
        wait_for(lambda: listens(self.port), "Redis")

    def stop(self) -> None:
        self.process.kill()

    def wipe(self) -> None:
        """FLUSHALL."""
        with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
            connection.sendall(b"FLUSHALL\r\n")
            assert connection.recv(16).startswith(b"+OK")


class RabbitMQ:
    """A node with a name, ports and directories of its own."""

    SCRIPTS = sorted(glob.glob("/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin"))[-1:]
    is_here = bool(SCRIPTS)

    def __init__(self, place: Path) -> None:
        user = unprivileged("rabbitmq")
        self.place, self.port = given_to(place, user), free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("RABBITMQ")},
            "HOME": str(place),
            "RABBITMQ_NODENAME": f"faults-{self.port}@localhost",
            "RABBITMQ_CONFIG_FILE": str(place / "rabbitmq.conf"),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(place / "mnesia"),
            "RABBITMQ_LOG_BASE": str(place),
            "RABBITMQ_CONF_ENV_FILE": str(place / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(place / "none"),
        }
        (place / "rabbitmq.conf").write_text(f"listeners.tcp.1 = 127.0.0.1:{self.port}\nloopback_users = none\n")
        command = [f"{self.SCRIPTS[0]}/rabbitmq-server"]
        log = place.parent / "rabbitmq.log"
        self.process = Process(command, log=log, environment=self.environment, user=user)

    def start(self) -> None:
        self.process.start()
        wait_for(lambda: listens(self.port), "RabbitMQ")

    def stop(self) -> None:
        self.process.sweep_away()
        wait_for(lambda: not listens(self.port), "RabbitMQ to be gone")

    def wipe(self) -> None:
        """Forget every queue and message: the node's own `reset`."""
        for words in (["stop_app"], ["force_reset"], ["start_app"]):
            command = [f"{self.SCRIPTS[0]}/rabbitmqctl", "--node", self.environment["RABBITMQ_NODENAME"], *words]
            subprocess.run(command, env=self.environment, user=self.process.user, check=True, capture_output=True)
