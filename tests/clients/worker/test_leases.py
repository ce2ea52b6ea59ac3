"""The worker: leases that are kept, canceled and lost."""

import asyncio
import threading

import pytest
from taskhub_client import Canceled, LeaseLost

from tests.clients.conftest import working
from tests.servers import wait_until


def test_cancel_reaches_the_handler_and_is_confirmed(worker, function, make, ended, client):
    begun, seen = threading.Event(), []

    @worker.function(function)
    def count(task):
        begun.set()
        try:
            while True:
                task.heartbeat()
        except Canceled:
            seen.append("canceled")
            raise

    key = make()
    with working(worker):
        assert begun.wait(60)
        client.cancel_task(key, note="Not today.")
        ended(key, "canceled")
    assert seen == ["canceled"]


def test_cancel_interrupts_a_coroutine_by_the_background_heartbeat(worker, function, make, ended, client):
    begun = threading.Event()

    @worker.function(function)
    async def count(task):
        begun.set()
        await asyncio.sleep(600)

    key = make()
    with working(worker):
        assert begun.wait(60)
        client.cancel_task(key)
        ended(key, "canceled")


def test_handler_may_cancel_by_itself(worker, function, make, ended):
    @worker.function(function)
    def count(task):
        raise Canceled("Nobody needs it.")

    key = make()
    with working(worker):
        ended(key, "canceled")


def test_taken_task_is_lost_and_nothing_is_written_any_more(worker, function, make, ended, ana, client):
    begun, seen = threading.Event(), []
    client.put(f"/containers/{function}/members/user:ana", {"role": "manager"})

    @worker.function(function)
    def count(task):
        begun.set()
        try:
            while True:
                task.heartbeat(checkpoint={"at": 1})
        except LeaseLost as lost:
            seen.append(lost.code)
            with pytest.raises(LeaseLost):
                task.work_note("Too late.")
        return "too late"

    key = make()
    with working(worker):
        assert begun.wait(60)
        ana.call("POST", f"/tasks/{key}/take-over", {})
        wait_until(lambda: seen, what="the worker to notice")
    assert client.task(key)["status"] == "handed_over"
    assert [note["text"] for note in client.notes(key)] == []


def test_task_that_takes_longer_than_its_lease_is_kept(worker, function, make, ended, client):
    """The handler does nothing for its lease; its end moves on all the same."""
    leave = threading.Event()

    @worker.function(function)
    def count(task):
        leave.wait(120)
        return task.delivery

    key = make()
    with working(worker):
        wait_until(lambda: client.task(key)["status"] == "in_progress", what="the claim")
        first = client.task(key)["custody"]["until"]
        wait_until(lambda: client.task(key)["custody"]["until"] > first, what="a heartbeat")
        leave.set()
        assert ended(key, "complete")["result"] == 1
