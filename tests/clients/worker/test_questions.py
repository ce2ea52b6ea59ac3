"""Questions to people: they are asked once under their key, and the handler branches on the action."""

import pytest
from taskhub_client import HandOver, Nonrecoverable, Worker
from taskhub_client.testing import MemoryHub

from tests.clients.conftest import working

ACTIONS = [{"name": "approve", "effect": "return"}, {"name": "refuse", "effect": "return"}]


def question(**more):
    return HandOver("user:ana", key="approval", title="Approve?", actions=ACTIONS, **more)


def approving(effects):
    """A handler that does something only after a yes."""

    def handler(task):
        answer = task.answer("approval")
        if answer is None:
            raise question(message=task.key)
        if answer["action"] != "approve":
            return {"done": False}
        effects.add(task.origin_id)
        return {"done": True}

    return handler


@pytest.mark.parametrize(("action", "done"), [("approve", True), ("refuse", False)])
def test_handler_goes_on_by_the_action(worker, function, make, ended, ana, asked, action, done):
    effects = set()
    worker.function(function)(approving(effects))
    key = make()
    with working(worker):
        ana.answer(asked("Approve?"), action)
        task = ended(key, "complete")
    assert task["result"] == {"done": done}
    assert bool(effects) == done


def test_answer_says_why_and_under_which_key(worker, function, make, ended, ana, asked):
    seen = []

    @worker.function(function)
    def count(task):
        if task.answer("approval") is None:
            raise question()
        seen.append(task.answers)

    key = make()
    with working(worker):
        ana.answer(asked("Approve?"), "approve")
        ended(key, "complete")
    answers = seen[0]
    assert (answers["key"], answers["reason"], answers["action"]) == ("approval", "asked", "approve")
    assert (answers["fields"], answers["by"]) == ({}, "user:ana")


def test_return_after_a_fail_over_is_no_approval(worker, function, make, ended, ana, asked, client):
    """`answers` is not empty then: whoever takes any answer for a yes would act unasked."""
    client.put(f"/functions/{function}", {"mode": "pull", "failover": {"to": "user:ana", "actions": ["return"]}})
    effects, failures = set(), []

    @worker.function(function)
    def count(task):
        if not failures:
            failures.append(task.key)
            raise Nonrecoverable("It broke.")
        return approving(effects)(task)

    key = make(title=f"Broken {function}")
    with working(worker):
        ana.answer(asked(f"Broken {function}"), "return")
        ana.answer(asked("Approve?"), "refuse")
        task = ended(key, "complete")
    assert (task["result"], effects) == ({"done": False}, set())


def test_question_that_was_answered_before_gives_its_answer_to_the_handler(
    worker, function, make, ended, ana, asked, client
):
    """Between the answer and this delivery a person returned the task: the last answer is another one."""
    client.put(f"/functions/{function}", {"mode": "pull", "failover": {"to": "user:ana", "actions": ["return"]}})
    effects, deliveries = set(), []

    @worker.function(function)
    def count(task):
        if task.answer("approval") and task.delivery not in deliveries and not deliveries:
            deliveries.append(task.delivery)
            raise Nonrecoverable("It broke after the approval.")
        return approving(effects)(task)

    key = make(title=f"Broken {function}")
    with working(worker):
        ana.answer(asked("Approve?"), "approve")
        ana.answer(asked(f"Broken {function}"), "return")
        task = ended(key, "complete")
    assert (task["result"], len(effects)) == ({"done": True}, 1)


def test_handler_that_asks_again_and_again_under_one_key_fails(worker, function, make, ended, ana, asked):
    """It never looks at the answer: without an end it would be run for ever."""

    @worker.function(function)
    def count(task):
        raise question()

    key = make()
    with working(worker):
        ana.answer(asked("Approve?"), "approve")
        error = ended(key, "failed")["error"]
    assert (error["name"], error["recoverable"]) == ("already_answered", False)


def test_question_whose_answer_was_lost_is_asked_once():
    """The call is repeated, the question is not: it is the same handover."""
    hub, worker, effects = MemoryHub(), Worker(), set()
    hub.declare("counting", "count", {"title": "Count", "function": "count"})

    @worker.function("count")
    def count(task):
        if task.answers is None:
            hub.lose_answers(2)
        return approving(effects)(task)

    key = hub.client.create_task({"container": "counting", "type": "count", "title": "Count"})["key"]
    with hub.working(worker):
        hub.answer(key, "approve")
        assert hub.ended(key)["result"] == {"done": True}
    assert len(list(hub.client.handovers(task=key))) == 1
