"""The worker against a real TaskHub: every way in which a task can end."""

import asyncio
import threading

import pytest
from taskhub_client import (
    AsyncClient,
    Canceled,
    Complete,
    HandOver,
    LeaseLost,
    Nonrecoverable,
    Recoverable,
    Release,
    Worker,
)

from tests.examples.live import wait_until

from .conftest import working

pytestmark = pytest.mark.processes


@pytest.fixture
def worker(client):
    return Worker(client, wait=1)


@pytest.fixture
def ended(client):
    """Waits until a task has one of these statuses; answers it."""

    def look(key, *statuses, seconds=60):
        wait_until(lambda: client.task(key)["status"] in statuses, seconds=seconds, what=f"{key} {statuses}")
        return client.task(key)

    return look


def test_return_value_is_the_result(worker, function, make, ended):
    @worker.function(function)
    def count(task):
        return {"n": task.fields["n"] + 1, "title": task.document["title"]}

    key = make(fields={"n": 4})
    with working(worker):
        assert ended(key, "complete")["result"] == {"n": 5, "title": "Count"}


def test_coroutine_works_and_sets_fields(worker, function, make, ended):
    @worker.function(function)
    async def count(task):
        await asyncio.sleep(0)
        await task.heartbeat(progress=50, checkpoint={"at": 1})
        return Complete(fields={"n": 9}, result="done", note="Counted.")

    key = make()
    with working(worker):
        done = ended(key, "complete")
    assert (done["fields"]["n"], done["result"]) == (9, "done")


def test_served_worker_runs_coroutines_in_the_loop_that_serves_it(hub, key, function, make, client):
    """`await worker.serve()`: handlers share the loop, and an AsyncClient, of the program around them."""
    seen = {}

    async def program():
        async with AsyncClient(hub.url, key) as own:
            worker = Worker(own, wait=1)

            @worker.function(function)
            async def count(task):
                seen["same loop"] = asyncio.get_running_loop() is here
                return (await own.task(task.key))["title"]

            here = asyncio.get_running_loop()
            serving = asyncio.create_task(worker.serve())
            while (await own.task(name))["status"] != "complete":
                await asyncio.sleep(0.1)
            serving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await serving

    name = make()
    asyncio.run(program())
    assert seen == {"same loop": True}
    assert client.task(name)["result"] == "Count"


def test_errors_carry_their_name_and_go_by_policy(worker, function, make, ended, client):
    policy = {"enabled": True, "delays": [0], "max_retries": 1, "errors_to_retry": ["DiskFull"]}
    client.put(f"/functions/{function}", {"mode": "pull", "retry_policy": policy})
    seen = []

    class DiskFull(Recoverable):
        pass

    @worker.function(function)
    def count(task):
        seen.append([error["name"] for error in task.previous_errors])
        if len(seen) == 1:
            raise DiskFull("No room.", details={"bytes": 7})
        raise Nonrecoverable("It is broken.", name="Broken")

    key = make()
    with working(worker):
        error = ended(key, "failed")["error"]
    assert (error["name"], error["message"], error["recoverable"]) == ("Broken", "It is broken.", False)
    assert seen == [[], ["DiskFull"]]


def test_unforeseen_exception_is_a_recoverable_error_of_its_class(worker, function, make, ended):
    @worker.function(function)
    def count(task):
        return 1 // task.fields["n"]

    key = make(fields={"n": 0})
    with working(worker):
        error = ended(key, "failed")["error"]
    assert (error["name"], error["recoverable"]) == ("ZeroDivisionError", True)


def test_person_is_asked_and_the_answer_comes_back(worker, function, make, ended, ana):
    @worker.function(function)
    def count(task):
        if task.answers is None:
            raise HandOver("user:ana", title="How many?", fields=["n"])
        return task.answers["fields"]["n"]

    key = make()
    with working(worker):
        asked = ana.asked("How many?")
        ana.answer(asked, "submit", n=12)
        assert ended(key, "complete")["result"] == 12


def test_released_task_comes_again_with_its_checkpoint(worker, function, make, ended):
    @worker.function(function)
    def count(task):
        if task.delivery == 1:
            task.heartbeat(progress=10, message="Begun", checkpoint={"at": 3})
            raise Release(after=0)
        return task.checkpoint

    key = make()
    with working(worker):
        assert ended(key, "complete")["result"] == {"at": 3}


def test_refused_outcome_becomes_an_error_that_names_the_value(worker, function, make, ended):
    @worker.function(function)
    def count(task):
        return Complete(fields={"n": -1})

    key = make()
    with working(worker):
        error = ended(key, "failed")["error"]
    assert error["name"] == "schema_violation"
    assert error["details"][0]["pointer"].endswith("/n")


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
