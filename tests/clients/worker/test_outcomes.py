"""The worker: every way in which a task can end."""

import asyncio

from taskhub_client import Complete, HandOver, Nonrecoverable, Recoverable, Release

from tests.clients.conftest import working


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


def test_person_is_asked_and_the_answer_comes_back(worker, function, make, ended, ana, asked):
    @worker.function(function)
    def count(task):
        if task.answers is None:
            raise HandOver("user:ana", title="How many?", fields=["n"])
        return task.answers["fields"]["n"]

    key = make()
    with working(worker):
        ana.answer(asked("How many?"), "submit", n=12)
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


def test_origin_id_outlives_retries_and_deliveries(worker, function, make, ended, client):
    """What a handler pays is keyed on it: the second attempt is another task, and must not pay again."""
    client.put(f"/functions/{function}", {"mode": "pull", "retry_policy": {"enabled": True, "delays": [0]}})
    seen, paid = [], {}

    @worker.function(function)
    def count(task):
        seen.append(task.id)
        paid.setdefault(task.origin_id, task.fields["n"])
        if len(seen) == 1:
            raise Recoverable("Paid, but the answer was lost.")
        return sum(paid.values())

    key = make(fields={"n": 142})
    with working(worker):
        done = ended(key, "complete")
    assert done["result"] == 142
    assert len(set(seen)) == 2
    assert list(paid) == [seen[0]]
