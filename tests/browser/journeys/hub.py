"""A TaskHub for the browser: in processes of its own, on SQLite or in a fresh database beside DATABASE_URL's."""

import os
import socket
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.examples.live import LiveHub

PASSWORD = "correct-horse-battery-41"
PEOPLE: dict[str, list[str]] = {
    "ana": [],
    "ben": [],
    "cleo": ["--team", "desk"],
    "dan": ["--team", "desk"],
    "dora": ["--team", "dba"],
    "eve": [],
}
TEAMS = {"dba": "DBA", "desk": "Refunds desk"}
APPLICATIONS = ("migrator", "refunds")
CAST = """
import io, sys
from django.core.management import call_command
for slug, title in {teams!r}.items():
    call_command("create_team", slug, title=title)
for name, arguments in {people!r}.items():
    sys.stdin = io.StringIO({password!r})
    call_command("create_user", name, "--password-stdin", *arguments)
for name in {applications!r}:
    call_command("create_application", name, title=name.capitalize())
"""


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Database:
    """A PostgreSQL database that lives as long as the tests; nothing at all on SQLite."""

    def __init__(self, url: str) -> None:
        self._server = url if url.startswith("postgres") else ""
        self.name = f"taskhub_browser_{uuid.uuid4().hex[:10]}"

    @property
    def url(self) -> str:
        """For the environment; empty on SQLite."""
        return urlsplit(self._server)._replace(path=f"/{self.name}").geturl() if self._server else ""

    def create(self) -> None:
        self._say(f"CREATE DATABASE {self.name}")

    def drop(self) -> None:
        self._say(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    def _say(self, statement: str) -> None:
        if self._server:
            maintenance = urlsplit(self._server)._replace(path="/postgres").geturl()
            with psycopg.connect(maintenance, autocommit=True) as connection:
                connection.execute(statement)  # type: ignore[arg-type]


class BrowserHub(LiveHub):
    """TaskHub with its people and applications. `keys` are the applications' keys."""

    def __init__(self, place: Path) -> None:
        super().__init__(place, free_port())
        self.database = Database(os.environ.get("DATABASE_URL", ""))
        if self.database.url:
            self.environment["DATABASE_URL"] = self.database.url
        self.keys: dict[str, str] = {}

    def prepare(self) -> None:
        """Makes the database and the cast, all in two processes."""
        self.database.create()
        self.manage("migrate", "--verbosity", "0")
        cast = CAST.format(people=PEOPLE, teams=TEAMS, applications=APPLICATIONS, password=PASSWORD)
        lines = self.manage("shell", "--verbosity", "0", "-c", cast).splitlines()
        self.keys = dict(zip(APPLICATIONS, lines, strict=True))
