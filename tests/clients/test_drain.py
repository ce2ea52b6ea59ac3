"""Signals end a worker without leaving a lease behind."""

import os
import signal
import subprocess
import sys

import pytest

from tests.examples.live import ROOT, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.own_servers]


@pytest.fixture
def start(hub, key, function, tmp_path):
    """Starts `taskhub work`; ends what is left of it."""
    running = []

    def started(*arguments, **environment):
        known = {"TASKHUB_URL": hub.url, "TASKHUB_KEY": key, "FUNCTION": function, "PLACE": str(tmp_path)}
        path = os.pathsep.join([str(ROOT), str(ROOT / "clients/python/src")])
        command = [sys.executable, "-m", "taskhub_client.cli", "work", "tests.clients.programs:worker", *arguments]
        with open(tmp_path / "log", "ab") as log:
            env = {**os.environ, **known, **environment, "PYTHONPATH": path}
            running.append(subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log))
        return running[-1]

    yield started
    for process in running:
        process.kill()
        process.wait()


@pytest.fixture
def begun(tmp_path):
    """Waits until a handler has begun with a task."""
    return lambda key, delivery=1: wait_until((tmp_path / f"begun-{key}-{delivery}").exists, what="the handler")


def draining(client):
    return [worker["name"] for worker in client.queue_stats()["workers"] if worker["draining"]]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_first_signal_lets_the_handler_end(start, begun, make, client, tmp_path, number):
    process, key = start("--name", f"worker-{number}"), make()
    begun(key)
    process.send_signal(number)
    waiting = make()
    wait_until(lambda: "stops" in (tmp_path / "log").read_text(), what="the signal to be heard")
    wait_until(lambda: f"worker-{number}" in draining(client), what="people to be told")
    (tmp_path / "go").touch()
    assert process.wait(60) == 0
    assert client.task(key)["result"] == 1
    assert client.task(waiting)["status"] == "new"


def test_what_does_not_end_in_time_is_given_back(start, begun, make, client, tmp_path):
    process, key = start(GRACE="1"), make()
    begun(key)
    process.terminate()
    assert process.wait(60) == 0
    assert client.task(key)["status"] == "new"
    (tmp_path / "go").touch()
    start()
    wait_until(lambda: client.task(key)["status"] == "complete", what="the next worker")
    assert client.task(key)["result"] == 2


def test_second_signal_ends_at_once(start, begun, make, client, tmp_path):
    process, key = start(GRACE="600"), make()
    begun(key)
    process.terminate()
    wait_until(lambda: "stops" in (tmp_path / "log").read_text(), what="the first signal to be heard")
    process.terminate()
    assert process.wait(60) == 0
    assert client.task(key)["status"] == "new"


def test_idle_worker_ends(start, tmp_path):
    process = start()
    wait_until(lambda: "works on" in (tmp_path / "log").read_text(), what="the worker")
    process.terminate()
    assert process.wait(60) == 0


def test_wrong_key_ends_it_with_the_reason(start, tmp_path):
    process = start(TASKHUB_KEY="th_wrong")
    assert process.wait(60) == 1
    assert "401 unauthenticated" in (tmp_path / "log").read_text()
