"""The long run: a thousand kills over ten thousand tasks, the broker wiped five times, the database killed twice."""

from pathlib import Path

import pytest

from tests.servers import grown

from .disasters import end_connections, kill_and_restart, kill_postgres, pauses, repeat_messages, restart_softly, spread
from .infrastructure import Postgres, Redis
from .storm import Storm

pytestmark = [pytest.mark.processes, pytest.mark.own_servers, pytest.mark.long]


@pytest.mark.parametrize(("tasks", "kills"), [(10_000, 1_000)])
def test_long_storm_loses_nothing(tmp_path: Path, postgres: Postgres, redis: Redis, tasks: int, kills: int) -> None:
    """Also: processes of the hub killed and restarted, workers that stand still, messages many times over."""
    database = postgres.make_database("taskhub")
    with grown(tmp_path, database=database, broker=redis.url, webs=2, workers=2, beats=2) as hub:
        storm = Storm(hub, tasks, kills, workers=12, patience=600)
        storm.disasters = [
            *spread(5, "broker wiped", redis.wipe),
            *spread(2, "database killed", lambda: kill_postgres(postgres)),
            *spread(3, "connections cut", lambda: end_connections(postgres), late=0.1),
            *spread(5, "Celery worker killed", lambda: kill_and_restart(hub, "worker0"), late=0.2),
            *spread(3, "beat killed", lambda: kill_and_restart(hub, "beat0"), late=0.25),
            *spread(3, "web server killed", lambda: kill_and_restart(hub, "web0"), late=0.3),
            *spread(3, "web server restarted", lambda: restart_softly(hub, "web1"), late=0.15),
            *spread(2, "messages repeated", lambda: repeat_messages(hub), late=0.05),
            *pauses(storm, 50),
        ]
        report = storm.run()
        assert report.wrong == []
        assert (report.figures["tasks"], report.figures["kills"]) == (tasks, kills)
