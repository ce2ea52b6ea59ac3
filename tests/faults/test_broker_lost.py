"""The broker is stopped, wiped and started again: no answer changes, nothing is lost, and hints come back."""

import signal
import time
from pathlib import Path

import pytest

from tests.servers import Hub, grown, wait_until

from . import checker
from .disasters import Broker, kill_and_restart, pauses, repeat_messages, restart_broker, spread
from .infrastructure import Postgres
from .storm import Storm

pytestmark = [pytest.mark.processes, pytest.mark.own_servers]
WAITING = "SELECT count(*) FROM events_event WHERE dispatched_at IS NULL"
# Longer than senders leave alone a broker that did not answer, and than a hint takes on a slow machine.
HINT_SECONDS = 10.0


@pytest.mark.parametrize("kind", ["redis", pytest.param("rabbitmq", marks=pytest.mark.long)])
def test_lost_broker_loses_nothing(
    tmp_path: Path, postgres: Postgres, kind: str, request: pytest.FixtureRequest
) -> None:
    """Two web servers, two Celery workers, two beats; messages also come many times over, and processes die."""
    broker: Broker = request.getfixturevalue(kind)
    database = postgres.make_database("taskhub")
    with grown(tmp_path, database=database, broker=broker.url, webs=2, workers=2, beats=2) as hub:
        storm = Storm(hub, tasks=300, kills=20)
        storm.disasters = [
            *spread(5, "broker wiped", broker.wipe),
            *spread(2, "broker restarted", lambda: restart_broker(broker), late=0.1),
            (0.4, "messages repeated", lambda: repeat_messages(hub)),
            (0.6, "Celery worker killed", lambda: kill_and_restart(hub, "worker0")),
            (0.65, "beat killed", lambda: kill_and_restart(hub, "beat0")),
            *pauses(storm, 3),
        ]
        report = storm.run()
        assert report.wrong == []
        assert report.figures["tasks"] == 300
        unanswered = [line for line in checker.read_journal(storm.journal) if line["is"] == "unknown"]
        assert unanswered == []
        require_hints(hub, storm)


def require_hints(hub: Hub, storm: Storm) -> None:
    """With both beats standing still it is a hint that has an event dispatched."""
    beats = [process for name, process in hub.processes.items() if name.startswith("beat")]
    for beat in beats:
        beat.send(signal.SIGSTOP)

    def heard() -> bool:
        """A task of its own each time: the hint of one may have been sent to a broker that was not back yet."""
        body = {"title": "A hint", "start_at": "2100-01-01T00:00:00Z"}
        assert storm.client.call("POST", "/tasks", body)["http"] == 201
        end = time.monotonic() + HINT_SECONDS
        while time.monotonic() < end:
            if checker.rows(hub.database, WAITING)[0][0] == 0:
                return True
            time.sleep(0.1)
        return False

    wait_until(heard, "a hint")
    for beat in beats:
        beat.send(signal.SIGCONT)
