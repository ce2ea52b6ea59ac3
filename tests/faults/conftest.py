"""Places, databases and brokers for hubs of real processes."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from .servers import Postgres, RabbitMQ, Redis, drop_database, make_database, require

SUITE = os.environ.get("DATABASE_URL", "")
ON_POSTGRES = SUITE.startswith("postgres")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    """An empty database of the kind that the suite runs on; its URL."""
    if not ON_POSTGRES:
        yield f"sqlite:///{quote(str(tmp_path / 'taskhub.sqlite3'))}"
        return
    url = make_database(SUITE, f"faults_{os.getpid()}_{abs(hash(tmp_path)) % 10**8}")
    yield url
    drop_database(url)


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    """A cluster of the test's own, whatever the suite runs on: it may be killed."""
    require(Postgres.is_here, "initdb")
    server = Postgres(tmp_path / "postgres")
    server.start()
    yield server
    server.process.sweep_away()


@pytest.fixture
def rabbitmq(tmp_path: Path) -> Iterator[RabbitMQ]:
    """A node of the test's own."""
    require(RabbitMQ.is_here, "rabbitmq-server")
    server = RabbitMQ(tmp_path / "rabbitmq")
    server.start()
    yield server
    server.process.sweep_away()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    """A Redis of the test's own."""
    require(Redis.is_here, "redis-server")
    server = Redis(tmp_path)
    server.start()
    yield server
    server.process.sweep_away()
