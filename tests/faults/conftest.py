"""Places, databases and brokers for hubs of real processes."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import new_database

from .infrastructure import Postgres, RabbitMQ, Redis, public_place, require

SUITE = os.environ.get("DATABASE_URL", "")
ON_POSTGRES = SUITE.startswith("postgres")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    """An empty database of the kind that the suite runs on; its URL."""
    with new_database(SUITE, tmp_path) as url:
        yield url


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    """A cluster of the test's own, whatever the suite runs on: it may be killed."""
    require(Postgres.is_here, "initdb")
    with public_place() as place:
        server = Postgres(place / "postgres", log=tmp_path)
        server.start()
        yield server
        server.process.sweep_away()


@pytest.fixture
def rabbitmq(tmp_path: Path) -> Iterator[RabbitMQ]:
    """A node of the test's own."""
    require(RabbitMQ.is_here, "rabbitmq-server")
    with public_place() as place:
        server = RabbitMQ(place / "rabbitmq", log=tmp_path)
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
