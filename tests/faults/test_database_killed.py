"""PostgreSQL is killed under load: nothing that was acknowledged is lost, and nobody is answered 500."""

from pathlib import Path

import pytest

from tests.servers import grown, wait_until

from .checker import read_journal
from .disasters import end_connections, kill_postgres
from .infrastructure import Postgres, Redis
from .storm import Storm

pytestmark = [pytest.mark.processes, pytest.mark.own_servers]


def test_killed_database_loses_nothing(tmp_path: Path, postgres: Postgres, redis: Redis) -> None:
    """Twice kill −9, three times all connections cut; TaskHub finds back by itself."""
    database = postgres.make_database("taskhub")
    with grown(tmp_path, database=database, broker=redis.url, webs=2) as hub:
        kills = [(part, "database killed", lambda: kill_postgres(postgres)) for part in (0.3, 0.7)]
        cuts = [(part, "connections cut", lambda: end_connections(postgres)) for part in (0.1, 0.5, 0.8)]
        storm = Storm(hub, tasks=300, kills=10, disasters=[*kills, *cuts])
        report = storm.run()
        assert report.wrong == []
        assert report.figures["tasks"] == 300
        lines = read_journal(storm.journal)
        unavailable = [line for line in lines if line["is"] == "unknown" and line.get("why") == 503]
        assert {line["code"] for line in unavailable} <= {"unavailable"}
        print(f"503: {len(unavailable)}")
        postgres.process.kill()
        port = hub.ports["web0"]
        print([hub.status(port, path) for path in ("/healthz", "/readyz", "/login/", "/", "/api/v1/me")])
        postgres.start()
        wait_until(lambda: hub.status(port, "/readyz") == 200, "the database to be found again")
