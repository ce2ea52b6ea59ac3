"""Signals end a worker without leaving a lease behind."""

import signal

import pytest

from tests.servers import client_worker, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.own_servers]


@pytest.fixture
def start(hub, key, function, tmp_path):
    """Starts `taskhub work`; ends what is left of it."""
    running = []

    def started(*arguments, **environment):
        log = tmp_path / "log"
        known = {"url": hub.url, "key": key, "FUNCTION": function, "PLACE": str(tmp_path), **environment}
        running.append(client_worker("tests.clients.programs:worker", *arguments, log=log, **known))
        return running[-1]

    yield started
    for process in running:
        process.sweep_away()


@pytest.fixture
def begun(tmp_path):
    """Waits until a handler has begun with a task."""
    return lambda key, delivery=1: wait_until((tmp_path / f"begun-{key}-{delivery}").exists, "the handler")


def draining(client):
    return [worker["name"] for worker in client.queue_stats()["workers"] if worker["draining"]]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_first_signal_lets_the_handler_end(start, begun, make, client, tmp_path, number):
    process, key = start("--name", f"worker-{number}"), make()
    begun(key)
    process.send(number)
    waiting = make()
    wait_until(lambda: "stops" in (tmp_path / "log").read_text(), "the signal to be heard")
    wait_until(lambda: f"worker-{number}" in draining(client), "people to be told")
    (tmp_path / "go").touch()
    assert process.wait(60) == 0
    assert client.task(key)["result"] == 1
    assert client.task(waiting)["status"] == "new"


def test_what_does_not_end_in_time_is_given_back(start, begun, make, client, tmp_path):
    process, key = start(GRACE="1"), make()
    begun(key)
    process.send(signal.SIGTERM)
    assert process.wait(60) == 0
    assert client.task(key)["status"] == "new"
    (tmp_path / "go").touch()
    start()
    wait_until(lambda: client.task(key)["status"] == "complete", "the next worker")
    assert client.task(key)["result"] == 2


def test_second_signal_ends_at_once(start, begun, make, client, tmp_path):
    process, key = start(GRACE="600"), make()
    begun(key)
    process.send(signal.SIGTERM)
    wait_until(lambda: "stops" in (tmp_path / "log").read_text(), "the first signal to be heard")
    process.send(signal.SIGTERM)
    assert process.wait(60) == 0
    assert client.task(key)["status"] == "new"


def test_idle_worker_ends(start, tmp_path):
    process = start()
    wait_until(lambda: "works on" in (tmp_path / "log").read_text(), "the worker")
    process.send(signal.SIGTERM)
    assert process.wait(60) == 0


def test_wrong_key_ends_it_with_the_reason(start, tmp_path):
    process = start(key="th_wrong")
    assert process.wait(60) == 1
    assert "401 unauthenticated" in (tmp_path / "log").read_text()
