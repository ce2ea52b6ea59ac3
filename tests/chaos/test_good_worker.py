"""The package's worker keeps every rule, and its tasks all end, whatever is lost."""

import os
import subprocess
import sys

import pytest

from tests.examples.live import ROOT, wait_until

from .conftest import FUNCTION

pytestmark = [pytest.mark.processes, pytest.mark.own_servers]


@pytest.fixture
def working(hub):
    """Starts the worker as a process; it has ended by itself, asked by SIGTERM, afterwards."""
    running = []

    def start():
        path = os.pathsep.join([str(ROOT), str(ROOT / "clients/python/src")])
        env = {**os.environ, "TASKHUB_URL": hub.url, "TASKHUB_KEY": hub.key, "PYTHONPATH": path}
        command = [sys.executable, "-m", "taskhub_client.cli", "work", "tests.chaos.workers:worker"]
        with open(hub.place / "worker.log", "ab") as log:
            running.append(subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()


def test_worker_of_the_package_keeps_every_rule(hub, working):
    client = hub.rehearse("seed=5", short=20, fails=4, long=8)
    worker = working()
    live = ["new", "in_progress"]
    wait_until(lambda: not list(client.tasks(function=FUNCTION, status=live)), seconds=240, what="all tasks to end")
    worker.terminate()
    assert worker.wait(60) == 0
    status, verdicts, report = hub.conclude()
    assert set(verdicts.values()) == {"kept"}, report
    assert len(verdicts) == 7
    assert status == 0
