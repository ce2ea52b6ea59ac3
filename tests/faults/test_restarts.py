"""Everything is restarted by SIGTERM, one after the other, under load: no client sees it, and leases are kept."""

from pathlib import Path

import pytest

from tests.servers import grown

from . import checker
from .disasters import restart_softly, spread
from .infrastructure import Redis
from .storm import Storm

pytestmark = [pytest.mark.processes, pytest.mark.own_servers]
TASKS = 300


@pytest.mark.parametrize("rounds", [2, pytest.param(25, marks=pytest.mark.long)])
def test_rolling_restarts_are_not_seen(tmp_path: Path, postgres: object, redis: Redis, rounds: int) -> None:
    """Two web servers behind each other's back: who is refused a connection by one goes to the other."""
    database = postgres.make_database("taskhub")  # type: ignore[attr-defined]
    with grown(tmp_path, database=database, broker=redis.url, webs=2) as hub:
        storm = Storm(hub, TASKS * rounds // 2, kills=0, options={"functions": ["calm", "calm"], "plain": True})
        storm.disasters = [
            disaster
            for late, name in enumerate(["web0", "worker0", "web1", "beat0"])
            for disaster in spread(rounds, f"{name} restarted", restarting(hub, name), late=0.2 * (late - 1))
        ]
        report = storm.run()
        unanswered = [line for line in checker.read_journal(storm.journal) if line["is"] == "unknown"]
        print(f"restarts {len(storm.disasters)}, errors seen {len(unanswered)}")
        assert unanswered == []
        assert report.wrong == []
        assert report.figures["leases lost"] == 0


def restarting(hub: object, name: str) -> object:
    """SIGTERM, and again; the web server answers again before the next one ends."""

    def act() -> None:
        restart_softly(hub, name)  # type: ignore[arg-type]
        hub.await_webs()  # type: ignore[attr-defined]

    return act
