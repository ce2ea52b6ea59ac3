"""The package's worker keeps every rule, and its tasks all end, whatever is lost."""

import pytest

from tests.servers import client_worker, wait_until

from .conftest import FUNCTION

pytestmark = [pytest.mark.processes, pytest.mark.own_servers]


@pytest.fixture
def working(hub):
    """Starts the worker as a process; it has ended by itself, asked by SIGTERM, afterwards."""
    running = []

    def start():
        log = hub.place / "worker.log"
        running.append(client_worker("tests.rehearsal.chaos.workers:worker", log=log, url=hub.url, key=hub.key))
        return running[-1]

    yield start
    for process in running:
        process.sweep_away()


def test_worker_of_the_package_keeps_every_rule(hub, working):
    client = hub.rehearse("seed=5", short=20, fails=4, long=8)
    worker = working()
    live = ["new", "in_progress"]
    wait_until(lambda: not list(client.tasks(function=FUNCTION, status=live)), "all tasks to end", seconds=240)
    assert worker.end() == 0
    status, verdicts, report = hub.conclude()
    assert set(verdicts.values()) == {"kept"}, report
    assert len(verdicts) == 7
    assert status == 0
