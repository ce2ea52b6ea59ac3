"""What the past of a task tells after it came under other rules: no more than those of then and those of now."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import factories

from .world import Caller, Json

LAG: Json = {"type": "integer", "x-taskhub": {"read": ["application", "manager"], "write": ["application"]}}
OPEN: Json = {"type": "integer"}
PLACES = {"narrow": LAG, "second": OPEN, "third": OPEN}


def kind(lag: Json) -> Json:
    return {"schema": {"type": "object", "properties": {"lag": lag, "note": {"type": "string"}}}}


@pytest.fixture
def cal(app: Caller) -> Caller:
    """A contributor of three containers in the first of which `lag` is the managers' alone; `mo` manages that one."""
    cal, mo = factories.make_user("cal"), factories.make_user("mo")
    for slug, lag in PLACES.items():
        app.put(f"/containers/{slug}", {"title": slug})
        app.put(f"/containers/{slug}/types/count", kind(lag))
        app.put(f"/containers/{slug}/members/user:{cal.username}", {"role": "contributor"})
    app.put(f"/containers/narrow/members/user:{mo.username}", {"role": "manager"})
    app.put(f"/containers/third/members/user:{mo.username}", {"role": "viewer"})
    return Caller(user=cal)


@pytest.fixture
def mo(cal: Caller) -> Caller:
    return Caller(user=factories.User.objects.get(username="mo"))


def made(app: Caller, **more: object) -> Json:
    return app.made("/tasks", {"container": "narrow", "type": "count", "title": "Rows", **more})


@pytest.fixture
def moved(app: Caller, cal: Caller) -> Json:
    task = made(app)
    app.patch(f"/tasks/{task['id']}", {"fields": {"lag": 471147114711, "note": "told"}})
    _empty(app, task)
    _move_on(app, task)
    return task


def _empty(app: Caller, task: Json) -> None:
    assert app.patch(f"/tasks/{task['id']}", {"fields": {"lag": 0}}).status_code == 200


def _move_on(app: Caller, task: Json) -> None:
    for place in ("second", "third"):
        answer = app.post(f"/tasks/{task['id']}/move", {"container": place, "confirm_widen": True})
        assert answer.status_code == 200, answer.content


def told(caller: Caller, task: Json) -> str:
    """Everything that the history says to the caller: over REST, and to a person on the page."""
    found = caller.get(f"/tasks/{task['id']}/events").content.decode()
    if "sessionid" in caller.client.cookies:
        found += caller.client.get(f"/tasks/{task['key']}/timeline?all=1").content.decode()
    return found


def test_a_value_of_hidden_times_stays_hidden(app: Caller, cal: Caller, mo: Caller, moved: Json) -> None:
    assert cal.get(f"/tasks/{moved['id']}").json()["fields"]["lag"] == 0
    assert "told" in told(cal, moved)
    assert "471147114711" not in told(cal, moved)
    assert "471147114711" in told(mo, moved)
    assert "471147114711" in told(app, moved)


def test_what_is_written_by_the_new_rules_is_told(app: Caller, cal: Caller, moved: Json) -> None:
    app.patch(f"/tasks/{moved['id']}", {"fields": {"lag": 815}})
    assert "815" in told(cal, moved)
    assert "471147114711" not in told(cal, moved)


def test_rules_that_are_gone_open_nothing(app: Caller, cal: Caller, mo: Caller, moved: Json) -> None:
    app.delete("/containers/narrow/types/count")
    assert app.delete("/containers/narrow").status_code == 204
    assert "471147114711" not in told(cal, moved) + told(mo, moved)
    assert "471147114711" in told(app, moved)


def test_another_version_of_the_type_tells_no_more(app: Caller, cal: Caller) -> None:
    task = made(app, fields={"note": "told"})
    app.patch(f"/tasks/{task['id']}", {"fields": {"lag": 471147114711}})
    _empty(app, task)
    for lag in ({**OPEN, "title": "Lag"}, OPEN):
        app.put("/containers/narrow/types/count", kind(lag))
        done = app.post("/containers/narrow/types/count/migrate", {"confirm_widen": True})
        assert (done.status_code, done.json()["converts"]) == (200, 1), done.content
    assert cal.get(f"/tasks/{task['id']}").json()["fields"]["lag"] == 0
    assert "471147114711" not in told(cal, task)


def test_a_value_that_the_move_itself_wrote_otherwise_is_not_told(app: Caller, cal: Caller) -> None:
    task = made(app, fields={"lag": 471147114711})
    app.put("/containers/second/types/count", kind({"type": "array", "items": OPEN}))
    assert app.post(f"/tasks/{task['id']}/move", {"container": "second", "confirm_widen": True}).status_code == 200
    assert cal.get(f"/tasks/{task['id']}").json()["fields"]["lag"] == [471147114711]
    assert "fields.lag" not in told(cal, task)
    assert "fields.lag" in told(app, task)


def test_answers_and_plans_of_hidden_times_stay_hidden(app: Caller, cal: Caller, mo: Caller) -> None:
    task = made(app)
    asked = {"to": "user:mo", "fields": [{"name": "lag", "proposed": 47114711471101}, "note"], "actions": ["complete"]}
    handover = app.made(f"/tasks/{task['id']}/hand-over", asked)
    answer = {"action": "complete", "fields": {"lag": 47114711471102, "note": "told"}}
    assert mo.post(f"/handovers/{handover['id']}/submit", answer).status_code == 200
    assert app.post(f"/tasks/{task['id']}/reopen").status_code == 200
    at = (timezone.now() + timedelta(days=1)).isoformat()
    app.made(
        f"/tasks/{task['id']}/scheduled-updates", {"at": at, "set": {"fields": {"lag": 47114711471103, "note": "told"}}}
    )
    _empty(app, task)
    _move_on(app, task)
    paths = [f"/handovers/{handover['id']}", f"/handovers/{handover['id']}/receipt", f"/handovers?task={task['id']}",
             f"/tasks/{task['id']}/scheduled-updates"]  # fmt: skip
    for path in paths:
        seen, whole = cal.get(path), app.get(path)
        assert (seen.status_code, whole.status_code) == (200, 200), path
        assert "471147114711" not in seen.content.decode(), path
        assert "471147114711" in whole.content.decode(), path
    assert "471147114711" not in told(cal, task)


def test_attempts_tell_no_more_than_what_came_of_them(app: Caller, cal: Caller) -> None:
    app.put("/functions/copy", {"retry_policy": {"enabled": True}})
    first = made(app, fields={"lag": 471147114711, "note": "told"}, function="copy")
    (leased,) = app.post("/queue/claim", {"functions": ["copy"]}).json()["tasks"]
    failed = {"task": first["id"], "token": leased["lease"]["token"], "error": {"name": "oops"}}
    (result,) = app.post("/queue/fail", {"failures": [failed]}).json()["results"]
    newest = {"id": result["retried_by_task_id"]}
    _empty(app, newest)
    _move_on(app, newest)
    assert cal.get(f"/tasks/{newest['id']}").json()["fields"] == {"lag": 0, "note": "told"}
    assert cal.get(f"/tasks/{first['id']}").json()["fields"] == {"note": "told"}
    assert app.get(f"/tasks/{first['id']}").json()["fields"] == {"lag": 471147114711, "note": "told"}
    for query in ("fields.lag=471147114711", "fields.lag__isnull=false", "q=471147114711"):
        found = [row["id"] for row in cal.get(f"/tasks?{query}").json()["results"]]
        assert first["id"] not in found, query
