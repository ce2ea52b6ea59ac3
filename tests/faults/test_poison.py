"""A task that kills each worker that takes it ends with a person; the others go on."""

from pathlib import Path

import pytest

from tests.servers import grown

from . import checker
from .storm import Storm

pytestmark = pytest.mark.processes
TASKS = 60
POISON = "SELECT status FROM tasks_task WHERE function = 'poison' ORDER BY id"
TOLD = "SELECT count(*) FROM notifications_notification"


def test_poison_ends_with_a_person(tmp_path: Path, database: str) -> None:
    with grown(tmp_path, database=database) as hub:
        hub.manage("create_user", "ana", "--password-stdin", stdin="correct horse battery")
        storm = Storm(hub, TASKS, kills=0, workers=4, options={"functions": ["poison", "brief", "steady"]})
        retries = {"enabled": True, "max_retries": 2, "delays": [0.1]}
        body = {"time_limit": 1, "retry_policy": retries, "failover": {"to": "user:ana", "message": "It kills"}}
        assert storm.client.call("PUT", "/functions/poison", body)["http"] == 201
        assert storm.client.call("POST", "/tasks", {"title": "Poison", "function": "poison"})["http"] == 201
        report = storm.run()
        assert report.wrong == []
        assert report.figures["tasks"] == TASKS
        assert [status for (status,) in checker.rows(database, POISON)] == ["retried", "retried", "handed_over"]
        assert checker.rows(database, TOLD) == [(1,)]
