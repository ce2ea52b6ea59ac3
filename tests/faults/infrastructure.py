"""Servers of a test's own, on ports and in places of their own: PostgreSQL, Redis, RabbitMQ. To be killed and wiped."""

import contextlib
import glob
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.servers import Process, free_port, listens, make_database, wait_until


def require(here: bool, program: str) -> None:
    """Where all that is checked must be checked (`CI`), a missing program fails the test; else it skips it."""
    if not here:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"there is no {program}")


def unprivileged(name: str) -> str | None:
    """The account for servers that refuse to run as root; None if this is not root."""
    return name if os.getuid() == 0 else None


@contextlib.contextmanager
def public_place() -> Iterator[Path]:
    """A directory that other accounts may pass through. pytest closes its own ones whenever another test run starts."""
    place = Path(tempfile.mkdtemp(prefix="taskhub-servers-"))
    place.chmod(0o711)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def given_to(place: Path, user: str | None) -> Path:
    """The place, made, and owned by that account."""
    place.mkdir(parents=True, exist_ok=True)
    if user:
        account = pwd.getpwnam(user)
        os.chown(place, account.pw_uid, account.pw_gid)
    return place


class Postgres:
    """A cluster with fsync on, whose postmaster can be killed. Its place must be public; its log lies with the test."""

    BIN = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1:] or [os.path.dirname(shutil.which("postgres") or "")]
    is_here = bool(BIN[0]) and os.path.exists(f"{BIN[0]}/initdb")

    def __init__(self, place: Path, *, log: Path, **settings: object) -> None:
        user = unprivileged("postgres")
        self.place, self.port = given_to(place, user), free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        data = str(place / "data")
        make = [f"{self.BIN[0]}/initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale", "C"]
        subprocess.run(make, user=user, check=True, stdout=subprocess.DEVNULL, cwd="/")
        settings = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", **settings}
        options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
        command = [f"{self.BIN[0]}/postgres", "-D", data, *options]
        self.process = Process(command, log=log / "postgres.log", environment=dict(os.environ), user=user)

    def start(self) -> None:
        """Starts, if need be again and again while processes of a killed one still end; returns when it answers."""
        self.process.start()
        wait_until(self._answers, "PostgreSQL")

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
        wait_until(lambda: listens(self.port), "Redis")

    def stop(self) -> None:
        self.process.kill()

    def wipe(self) -> None:
        """FLUSHALL."""
        with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
            connection.sendall(b"FLUSHALL\r\n")
            assert connection.recv(16).startswith(b"+OK")


class RabbitMQ:
    """A node with a name, ports and directories of its own. Its place must be public; its log lies with the test."""

    SCRIPTS = sorted(glob.glob("/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin"))[-1:]
    is_here = bool(SCRIPTS)

    def __init__(self, place: Path, *, log: Path) -> None:
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
        self.process = Process(command, log=log / "rabbitmq.log", environment=self.environment, user=user)

    def start(self) -> None:
        self.process.start()
        wait_until(lambda: listens(self.port), "RabbitMQ")

    def stop(self) -> None:
        self.process.sweep_away()
        wait_until(lambda: not listens(self.port), "RabbitMQ to be gone")

    def wipe(self) -> None:
        """Forget every queue and message: the node's own `reset`."""
        for words in (["stop_app"], ["force_reset"], ["start_app"]):
            command = [f"{self.SCRIPTS[0]}/rabbitmqctl", "--node", self.environment["RABBITMQ_NODENAME"], *words]
            subprocess.run(command, env=self.environment, user=self.process.user, check=True, capture_output=True)
