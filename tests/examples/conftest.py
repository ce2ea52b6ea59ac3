"""Two shop databases in every combination of SQLite and (where the suite runs on it) PostgreSQL."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from examples.db_migration import shop_data
from examples.db_migration.config import Config
from examples.db_migration.databases import Connection, Database
from examples.db_migration.shop_mode import Mode, write_mode
from tests.servers import free_port

# Schemas of their own in the database that every server has: the one that is named need not exist.
POSTGRES = urlsplit(os.environ.get("DATABASE_URL", ""))._replace(path="/postgres", query="").geturl()
COMBINATIONS = ["sqlite-sqlite"]
if POSTGRES.startswith("postgres"):
    COMBINATIONS += ["sqlite-postgres", "postgres-sqlite", "postgres-postgres"]
ROWS = 3_000


def make_database(kind: str, name: str, place: Path) -> Database:
    """An empty database of that kind; its place exists."""
    if kind == "sqlite":
        url = f"sqlite:///{place / name}.sqlite3"
    else:
        url = f"{POSTGRES}?schema=shop_{uuid.uuid4().hex[:10]}"
    database = Database(name, name, url)
    shop_data.ensure_place(database)
    return database


@pytest.fixture(params=COMBINATIONS)
def config(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Config]:
    """`old` is full and lenient, `new` is empty and strict; the shop writes to `old`."""
    kinds = request.param.split("-")
    old, new = (make_database(kind, name, tmp_path) for kind, name in zip(kinds, ("old", "new"), strict=True))
    with old.open() as source, new.open() as target:
        shop_data.create_tables(source, strict=False)
        shop_data.create_tables(target, strict=True)
        shop_data.fill(source, rows=ROWS)
    made = Config(tmp_path, {"old": old, "new": new}, "http://127.0.0.1:0")
    made.save()
    write_mode(tmp_path, Mode(a="old"))
    yield made
    for database in (old, new):
        drop_schema(database)


def drop_schema(database: Database) -> None:
    """Takes a PostgreSQL schema away again."""
    if not database.url.startswith("sqlite"):
        with database.open() as connection:
            connection.execute(f"DROP SCHEMA {database.url.partition('schema=')[2]} CASCADE")


@pytest.fixture
def source(config: Config) -> Iterator[Connection]:
    with config.database("old").open() as connection:
        yield connection


@pytest.fixture
def target(config: Config) -> Iterator[Connection]:
    with config.database("new").open() as connection:
        yield connection


@pytest.fixture
def unused_port() -> int:
    """A port that nobody listens on just now."""
    return free_port()
