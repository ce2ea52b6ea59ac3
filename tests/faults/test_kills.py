"""kill −9 of workers in the middle of their tasks, a hundred times: nothing lost, nothing done twice."""

from pathlib import Path

import pytest

from tests.servers import grown

from .conftest import ON_POSTGRES
from .storm import Storm

pytestmark = pytest.mark.processes
TASKS, KILLS, WORKERS = 1000, 100, 8


def test_killed_workers_lose_nothing(tmp_path: Path, database: str, request: pytest.FixtureRequest) -> None:
    """On PostgreSQL with two web servers, two Celery workers and two beats; on SQLite in one process."""
    broker = request.getfixturevalue("redis").url if ON_POSTGRES else ""
    with grown(tmp_path, database=database, broker=broker, webs=2, workers=1, beats=1) as hub:
        report = Storm(hub, TASKS, KILLS, WORKERS).run()
        assert report.wrong == []
        assert report.figures["tasks"] == TASKS
        assert report.figures["kills"] == KILLS
        assert hub.logged("Traceback") == []
