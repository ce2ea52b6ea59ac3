"""What workers report: one outcome counts, the same again is answered, none from a superseded lease."""

from uuid import uuid4

import pytest

from apps.actors.actor import Actor
from apps.automation import queue
from apps.core.errors import Forbidden, Invalid
from apps.events.models import Event
from apps.tasks.models import Note, Task
from apps.tasks.services import cancel_task, take_over

from .conftest import MakeTask

pytestmark = pytest.mark.django_db


@pytest.fixture
def lease(make_task: MakeTask, application_actor: Actor) -> dict:
    make_task(fields={"rows": 1})
    return claim(application_actor)


def claim(actor: Actor) -> dict:
    (task,) = queue.claim(actor, {"functions": ["copy"]})["tasks"]
    return {"task": task["id"], "token": task["lease"]["token"]}


def complete(actor: Actor, *results: dict) -> list[dict]:
    return queue.complete(actor, {"results": list(results)})["results"]


def test_complete_ends_the_task(application_actor: Actor, lease: dict) -> None:
    (got,) = complete(application_actor, {**lease, "result": {"rows": 7}})
    assert got == {
        "task": lease["task"], "ok": True, "status": 200, "code": None, "detail": None, "result": {"rows": 7},
    }  # fmt: skip
    task = Task.objects.get(pk=lease["task"])
    assert (task.status, task.stage, task.result) == ("complete", "done", {"rows": 7})
    assert (task.lease_token, task.lease_expires_at, task.progress, task.queued) == (None, None, None, False)
    event = Event.objects.filter(task_id=task.pk).latest("sequence")
    assert event.data == {"changes": {"status": ["in_progress", "complete"], "stage": ["doing", "done"]}}
    assert event.sequence == task.sequence


@pytest.mark.parametrize("more", [{"result": [1]}, {"fields": {"rows": 2}}, {"note": "Done."}, {}])
def test_same_outcome_again_is_answered_alike(application_actor: Actor, lease: dict, more: dict) -> None:
    first = complete(application_actor, {**lease, **more})
    assert complete(application_actor, {**lease, **more}) == first
    assert first[0]["ok"]
    assert Event.objects.filter(task_id=lease["task"], data__changes__status__1="complete").count() == 1


@pytest.mark.parametrize("more", [{"result": 1}, {"fields": {"rows": 2}}, {"note": "Done."}])
def test_another_outcome_is_refused(application_actor: Actor, lease: dict, more: dict) -> None:
    complete(application_actor, lease)
    (got,) = complete(application_actor, {**lease, **more})
    assert (got["ok"], got["status"]) == (False, 409)
    (got,) = queue.fail(application_actor, {"failures": [{**lease, "error": {"name": "x"}}]})["results"]
    assert (got["ok"], got["status"]) == (False, 409)


def test_values_are_written_and_checked(application_actor: Actor, lease: dict) -> None:
    (got,) = complete(application_actor, {**lease, "fields": {"rows": -1}})
    assert (got["status"], got["code"]) == (422, "schema_violation")
    assert got["errors"][0]["pointer"] == "/results/0/fields/rows"
    (got,) = complete(application_actor, {**lease, "fields": {"rows": 9}, "note": "All there."})
    assert got["ok"]
    assert Task.objects.get(pk=lease["task"]).fields == {"rows": 9}
    assert Note.objects.get(task=lease["task"]).kind == "work_note"


@pytest.mark.parametrize(
    ("name", "code"), [("secret", "unknown_field"), ("typo", "unknown_field"), ("seen", "forbidden")]
)
def test_fields_that_are_not_the_applications_are_refused(
    application_actor: Actor, lease: dict, name: str, code: str
) -> None:
    (got,) = complete(application_actor, {**lease, "fields": {name: "x"}})
    assert got["code"] == code
    assert got["errors"][0]["pointer"] == f"/results/0/fields/{name}"


def test_one_bad_item_spoils_no_other(application_actor: Actor, other_application_actor: Actor, lease: dict) -> None:
    wrong = [
        {"task": str(uuid4()), "token": "x"},
        {"task": "nonsense", "token": "x"},
        {"task": lease["task"]},
        {**lease, "colour": "red"},
        {**lease, "token": "x" * 22},
        "text",
        {"task": lease["task"], "token": 7},
    ]
    results = complete(application_actor, *wrong, lease)
    assert [(got["status"], got["code"]) for got in results] == [
        (404, "not_found"),
        (404, "not_found"),
        (400, "invalid"),
        (400, "unknown_field"),
        (409, "lease_superseded"),
        (400, "invalid"),
        (400, "invalid"),
        (200, None),
    ]
    assert complete(other_application_actor, lease)[0]["code"] == "not_found"


def test_same_task_twice_in_a_batch(application_actor: Actor, lease: dict) -> None:
    results = complete(application_actor, lease, lease, {**lease, "result": 1})
    assert [got["status"] for got in results] == [200, 200, 409]


def test_released_task_can_be_claimed_again_and_the_old_lease_is_dead(application_actor: Actor, lease: dict) -> None:
    (got,) = queue.release(application_actor, {"leases": [lease]})["results"]
    assert got["ok"]
    again = claim(application_actor)
    assert again["task"] == lease["task"]
    assert again["token"] != lease["token"]
    assert Task.objects.get(pk=lease["task"]).delivery == 2
    assert queue.release(application_actor, {"leases": [lease]})["results"][0]["ok"], "the same outcome again"
    assert complete(application_actor, lease)[0]["code"] == "lease_superseded"
    assert complete(application_actor, again)[0]["ok"]


def test_release_until_later(application_actor: Actor, lease: dict) -> None:
    queue.release(application_actor, {"leases": [{**lease, "start_at": "2100-01-01T00:00:00Z"}]})
    assert queue.claim(application_actor, {"functions": ["copy"]})["tasks"] == []


@pytest.mark.parametrize("moment", ["tomorrow", "2100-01-01", "2100-13-01T00:00:00Z", "2100-01-01T00:00:00", 5])
def test_release_until_nonsense(application_actor: Actor, lease: dict, moment: object) -> None:
    (got,) = queue.release(application_actor, {"leases": [{**lease, "start_at": moment}]})["results"]
    assert got["errors"][0]["pointer"] == "/leases/0/start_at"


def test_requested_cancel_is_confirmed(application_actor: Actor, lease: dict) -> None:
    (got,) = queue.confirm_cancel(application_actor, {"leases": [lease]})["results"]
    assert got["status"] == 409
    cancel_task(application_actor, lease["task"])
    (kept,) = queue.heartbeat(application_actor, {"leases": [lease]})["results"]
    assert kept["directive"] == "cancel"
    (got,) = queue.confirm_cancel(application_actor, {"leases": [{**lease, "note": "Stopped."}]})["results"]
    assert got["ok"]
    assert Task.objects.get(pk=lease["task"]).status == "canceled"


def test_complete_under_a_requested_cancel_completes(application_actor: Actor, lease: dict) -> None:
    cancel_task(application_actor, lease["task"])
    assert complete(application_actor, lease)[0]["ok"]
    task = Task.objects.get(pk=lease["task"])
    assert (task.status, task.cancel_requested) == ("complete", False)


def test_release_under_a_requested_cancel_cancels(application_actor: Actor, lease: dict) -> None:
    cancel_task(application_actor, lease["task"])
    later = {**lease, "start_at": "2100-01-01T00:00:00Z"}
    for _ in range(2):  # and the same outcome again
        (got,) = queue.release(application_actor, {"leases": [later]})["results"]
        assert got["ok"]
    task = Task.objects.get(pk=lease["task"])
    assert (task.status, task.start_at.year < 2100) == ("canceled", True)


def test_person_who_takes_over_fences_the_worker(application_actor: Actor, member_actor: Actor, lease: dict) -> None:
    take_over(member_actor, lease["task"])
    for outcome in (queue.complete, queue.release, queue.heartbeat, queue.confirm_cancel):
        key = "results" if outcome is queue.complete else "leases"
        (got,) = outcome(application_actor, {key: [lease]})["results"]
        assert got["code"] == "lease_superseded"
    assert Task.objects.get(pk=lease["task"]).status == "handed_over"


@pytest.mark.parametrize("body", [{}, {"results": 1}, {"results": [], "more": 1}, {"results": [{}] * 1001}, []])
def test_wrong_frame_is_refused(application_actor: Actor, body: object) -> None:
    with pytest.raises(Invalid):
        queue.complete(application_actor, body)


def test_people_have_no_leases(member_actor: Actor) -> None:
    with pytest.raises(Forbidden):
        queue.complete(member_actor, {"results": []})
