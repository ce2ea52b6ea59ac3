"""A call: what is sent, under which lease, and what happens when somebody else is faster."""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from standardwebhooks.webhooks import Webhook

from apps.actors.actor import Actor
from apps.actors.models import Application, User
from apps.actors.references import actor_of_user
from apps.automation import queue
from apps.automation.functions import services
from apps.automation.models import Function
from apps.automation.push import executor
from apps.automation.queue import claims
from apps.core.errors import Invalid
from apps.tasks.models import Task
from apps.tasks.services import cancel_task, take_over
from tests.automation.conftest import MakeTask

from .conftest import SECRET, push
from .receiver import Receiver


def test_call_says_what_a_claim_says(make_task: MakeTask, receiver: Receiver, worker: str) -> None:
    task = make_task(fields={"rows": 5}, data={"from": "a"})
    assert executor.call_next()
    (told,) = receiver.tasks
    assert (told["id"], told["fields"], told["data"]) == (str(task.pk), {"rows": 5}, {"from": "a"})
    assert (told["answers"], told["checkpoint"], told["previous_errors"]) == (None, None, [])
    assert set(told["lease"]) == {"token", "expires_at", "delivery"}
    assert (told["status"], told["custody"]["holder"]) == ("in_progress", "lease")


def test_signature_verifies_with_an_independent_reader(
    make_task: MakeTask, receiver: Receiver, application_actor: Actor
) -> None:
    made = services.rotate_secret(application_actor, "copy", {}).new_secret
    task = make_task(title="Ünïcode")
    executor.call_next()
    ((headers, body),) = receiver.heard
    for secret in (SECRET, made):
        assert Webhook(secret).verify(body, headers)["id"] == str(task.pk)
    assert headers["webhook-id"] == f"task_{task.pk.hex}_1"
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    assert headers["content-type"] == "application/json"


def test_each_delivery_has_an_id_of_its_own(make_task: MakeTask, receiver: Receiver, application_actor: Actor) -> None:
    make_task()
    receiver.says(202)
    executor.call_next()
    lease = {"task": receiver.tasks[0]["id"], "token": receiver.tasks[0]["lease"]["token"]}
    assert queue.release(application_actor, {"leases": [lease]})["results"][0]["ok"]
    executor.call_next()
    ids = [headers["webhook-id"] for headers, _body in receiver.heard]
    assert [id.rpartition("_")[2] for id in ids] == ["1", "2"]


def test_workers_cannot_claim_it(make_task: MakeTask, application_actor: Actor) -> None:
    make_task()
    services.put_function(application_actor, "other", {})
    for names, pointer in ((["copy"], "/functions/0"), (["other", "copy"], "/functions/1")):
        with pytest.raises(Invalid) as refused:
            queue.claim(application_actor, {"functions": names})
        assert [problem.pointer for problem in refused.value.errors] == [pointer]
    assert not Task.objects.filter(status="in_progress").exists()


def test_executor_claims_no_pull_task(make_task: MakeTask, application_actor: Actor) -> None:
    make_task()
    Function.objects.update(mode="pull")
    assert not executor.call_next()
    assert claims.claim_to_call(application_actor, "copy", worker="push", lease_seconds=30) is None


def test_202_leaves_the_lease_to_the_application(
    make_task: MakeTask, receiver: Receiver, application_actor: Actor
) -> None:
    push(application_actor, receiver, lease_seconds=600)
    task = make_task()
    receiver.says(202)
    executor.call_next()
    task.refresh_from_db()
    assert task.status == "in_progress"
    assert timedelta(seconds=500) < task.lease_expires_at - timezone.now() < timedelta(seconds=601)
    lease = {"task": str(task.pk), "token": receiver.tasks[0]["lease"]["token"]}
    beat = queue.heartbeat(application_actor, {"leases": [{**lease, "progress": {"percent": 50}}]})
    assert beat["results"][0]["directive"] == "continue"
    done = {**lease, "result": 7, "fields": {"rows": 7}}
    assert queue.complete(application_actor, {"results": [done]})["results"][0]["ok"]
    task.refresh_from_db()
    assert (task.status, task.result, task.fields) == ("complete", 7, {"rows": 7})


def test_202_of_a_limited_function_lasts_for_its_time_limit(
    make_task: MakeTask, receiver: Receiver, application_actor: Actor
) -> None:
    push(application_actor, receiver, time_limit=7200)
    task = make_task()
    receiver.says(202)
    executor.call_next()
    task.refresh_from_db()
    assert task.lease_expires_at == task.lease_deadline
    assert task.lease_expires_at - timezone.now() > timedelta(seconds=7000)


def test_time_limit_bounds_the_call(
    make_task: MakeTask, receiver: Receiver, application_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    deadlines = []
    monkeypatch.setattr(executor.egress, "send", lambda *_, deadline, **__: deadlines.append(deadline) or 1 / 0)
    for limit, deadline in ((None, 30), (7200, 30), (3, 3)):
        push(application_actor, receiver, time_limit=limit)
        make_task()
        with pytest.raises(ZeroDivisionError):
            executor.call_next()
        assert deadlines[-1] == deadline


During = Callable[[Callable[[str], object]], None]


@pytest.fixture
def during(monkeypatch: pytest.MonkeyPatch) -> During:
    """Do something with the task's id after it was sent and before its answer is read."""

    def arrange(act: Callable[[str], object]) -> None:
        send = executor.egress.send

        def send_and_act(*said: Any, **more: Any) -> Any:
            reply = send(*said, **more)
            act(json.loads(more["body"])["id"])
            return reply

        monkeypatch.setattr(executor.egress, "send", send_and_act)

    return arrange


def test_cancel_during_a_call_is_decided_by_its_outcome(
    make_task: MakeTask, receiver: Receiver, application_actor: Actor, during: During
) -> None:
    during(lambda id: cancel_task(application_actor, id))
    for status, outcome in ((200, "complete"), (503, "canceled"), (400, "canceled")):
        receiver.says(status)
        task = make_task()
        executor.call_next()
        task.refresh_from_db()
        assert task.status == outcome


@pytest.mark.parametrize("status", [200, 202, 400, 503])
def test_late_answer_of_a_superseded_call_changes_nothing(
    make_task: MakeTask, receiver: Receiver, owner: User, status: int, during: During
) -> None:
    kept: dict[str, Any] = {}

    def person_takes_over(id: str) -> None:
        take_over(actor_of_user(owner), id)
        kept.update(Task.objects.filter(pk=id).values().get())

    during(person_takes_over)
    receiver.says(status, {"late": True})
    task = make_task()
    executor.call_next()
    assert Task.objects.filter(pk=task.pk).values().get() == kept
    assert kept["status"] == "handed_over"


def test_at_most_so_many_at_once(make_task: MakeTask, receiver: Receiver, application_actor: Actor) -> None:
    push(application_actor, receiver, max_concurrency=2)
    for _ in range(3):
        make_task()
    receiver.says(202)
    assert [executor.call_next() for _ in range(3)] == [True, True, False]
    Task.objects.filter(status="in_progress").update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    assert queue.sweep()
    assert executor.call_next()


def test_inactive_application_is_not_called(make_task: MakeTask, application: Application) -> None:
    make_task()
    Application.objects.filter(pk=application.pk).update(active=False)
    assert not executor.call_next()


def test_function_with_fewer_calls_goes_first(
    make_task: MakeTask, receiver: Receiver, application_actor: Actor
) -> None:
    body = {"mode": "push", "url": receiver.url}
    services.put_function(application_actor, "other", body)
    for _ in range(3):
        make_task()
    receiver.says(202)
    executor.call_next()
    make_task(function="other")
    executor.call_next()
    assert [told["function"] for told in receiver.tasks] == ["copy", "other"]


def test_busy_task_is_reported_again(make_task: MakeTask, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write in between is no reason to lose an outcome."""
    answers = [{"results": [{"ok": False, "code": "conflict"}]}]
    complete = queue.complete
    monkeypatch.setattr(queue, "complete", lambda *said: answers.pop() if answers else complete(*said))
    monkeypatch.setattr(executor, "PAUSES", (0.0, 0.0))
    task = make_task()
    executor.call_next()
    task.refresh_from_db()
    assert task.status == "complete"


@pytest.mark.django_db(transaction=True)
def test_no_connection_is_held_during_the_call(make_task: MakeTask, monkeypatch: pytest.MonkeyPatch) -> None:
    held = []
    send = executor.egress.send

    def look(*said: Any, **more: Any) -> Any:
        held.append(connection.connection)
        return send(*said, **more)

    monkeypatch.setattr(executor.egress, "send", look)
    make_task()
    executor.call_next()
    assert held == [None]
