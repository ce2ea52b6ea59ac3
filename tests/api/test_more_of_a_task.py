"""Letting people read more *of* a task than before is confirmed as letting them see it is."""

import pytest

from apps.tasks.models import Task
from tests import factories

from .world import Caller, Json

PAY: Json = {"type": "string", "x-taskhub": {"read": ["application", "manager"], "write": ["application"]}}
FOR_ALL: Json = {"type": "string"}


def kind(pay: Json) -> Json:
    return {"schema": {"type": "object", "properties": {"pay": pay, "note": FOR_ALL}}}


@pytest.fixture
def places(app: Caller) -> None:
    """`ben` is a viewer of the first container; what he is in the second is up to each test."""
    factories.make_user("ben")
    for slug in ("first", "second"):
        app.put(f"/containers/{slug}", {"title": slug})
        app.put(f"/containers/{slug}/types/person", kind(PAY))
        app.put(f"/containers/{slug}/members/user:ben", {"role": "viewer"})


def made(app: Caller, **fields: str) -> Json:
    return app.made("/tasks", {"container": "first", "type": "person", "title": "Ana", "fields": fields})


def moved(app: Caller, task: Json, **said: object) -> Json:
    answer = app.post(f"/tasks/{task['id']}/move", {"container": "second", **said})
    return {**answer.json(), "status": answer.status_code}


def gain(*what: str, fields: tuple[str, ...] = ()) -> Json:
    return {"who": "user:ben", "title": "ben", "what": list(what), "fields": list(fields)}


def test_a_stronger_role_in_the_other_container(app: Caller, places: None) -> None:
    task = made(app, pay="4711")
    app.put("/containers/second/members/user:ben", {"role": "manager"})
    refused = moved(app, task)
    assert (refused["status"], refused["code"], refused["gains"], refused["loses"]) == (
        409, "confirm_widen", [gain("fields", "work_notes", fields=("pay",))], [],
    )  # fmt: skip
    seen = app.post(f"/tasks/{task['id']}/move?preview=true", {"container": "second"}).json()
    assert (seen["widens"], seen["gains"]) == (True, refused["gains"])
    assert Task.objects.get().container.slug == "first"
    assert moved(app, task, confirm_widen=True)["status"] == 200


def test_a_type_with_other_readers(app: Caller, places: None) -> None:
    app.put("/containers/second/types/person", kind(FOR_ALL))
    assert moved(app, made(app, pay="4711"))["gains"] == [gain("fields", fields=("pay",))]


def test_nothing_is_gained_where_there_is_nothing(app: Caller, places: None) -> None:
    app.put("/containers/second/types/person", kind(FOR_ALL))
    assert moved(app, made(app, note="told"))["status"] == 200


def test_who_comes_to_see_the_task_gains_all_of_it(app: Caller, places: None) -> None:
    task = made(app, pay="4711")
    app.delete("/containers/first/members/user:ben")
    assert moved(app, task)["gains"] == [gain("task")]
    app.put("/containers/second/members/user:ben", {"role": "contributor"})
    assert moved(app, task)["gains"] == [gain("task", "work_notes")]


def test_what_the_asker_does_not_see_is_not_named(app: Caller, places: None) -> None:
    """A field that is hidden from who moves cannot widen by that: it is refused without a trace, confirmed or not."""
    hidden = {"type": "string", "x-taskhub": {"read": ["manager"], "write": ["manager"]}}
    app.put("/containers/first/types/person", kind(hidden))
    app.put("/containers/second/types/person", kind(FOR_ALL))
    task = made(app, note="told")
    Task.objects.update(fields={"pay": "4711", "note": "told"})
    for said in ({}, {"confirm_widen": True}):
        refused = moved(app, task, **said)
        assert (refused["status"], refused["code"]) == (409, "conflict")
        assert "pay" not in str(refused)


def test_a_version_with_wider_readers(app: Caller, places: None) -> None:
    path = "/containers/first/types/person"
    task = made(app, pay="4711")
    app.put(path, kind(FOR_ALL))
    wider = [{"who": "everyone", "title": "everyone", "what": ["fields"], "fields": ["pay"]}]
    seen = app.post(f"{path}/migrate", {"dry_run": True}).json()
    assert (seen["widens"], seen["gains"]) == (True, wider)
    refused = app.post(f"{path}/migrate", {})
    assert (refused.status_code, refused.json()["code"], refused.json()["gains"]) == (409, "confirm_widen", wider)
    assert app.get(f"/tasks/{task['id']}").json()["type_version"] == 1
    done = app.post(f"{path}/migrate", {"confirm_widen": True})
    assert (done.status_code, done.json()["converts"]) == (200, 1)


def test_a_version_that_opens_nothing_that_is_there(app: Caller, places: None) -> None:
    path = "/containers/first/types/person"
    made(app, note="told")
    app.put(path, kind(FOR_ALL))
    assert app.post(f"{path}/migrate", {"dry_run": True}).json()["widens"] is False
    assert app.post(f"{path}/migrate", {}).status_code == 200


def test_naming_somebody_is_its_own_word(app: Caller, places: None) -> None:
    task = made(app, pay="4711")
    assert app.patch(f"/tasks/{task['id']}", {"assignee": "user:ben"}).status_code == 200
