"""A repeated POST of who lost sight of what it made finds nothing, and never breaks."""

from apps.containers.models import Membership
from apps.tasks.models import Task

from .world import TASK, Caller, Json


def test_work_note_of_who_no_longer_works_there(app: Caller, contributor: Caller, task: Json) -> None:
    path, note = f"/tasks/{task['id']}/notes", {"text": "inside", "kind": "work_note"}
    assert contributor.post(path, note, Idempotency_Key="k").status_code == 201
    Membership.objects.filter(user__username="member").update(role="viewer")
    assert contributor.post(path, note, Idempotency_Key="k").status_code == 404


def test_link_to_what_became_hidden(app: Caller, contributor: Caller, task: Json) -> None:
    other = app.made("/tasks", TASK)
    path, link = f"/tasks/{task['id']}/links", {"kind": "relates", "task": other["id"]}
    assert contributor.post(path, link, Idempotency_Key="k").status_code == 201
    Task.objects.filter(pk=other["id"]).update(privacy="application")
    assert contributor.post(path, link, Idempotency_Key="k").status_code == 404
