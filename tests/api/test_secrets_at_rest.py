"""Values of secret fields lie nowhere in clear: after a whole journey every column of every table is looked at."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail
from django.db import connection

from apps.actors.models import User
from apps.automation import queue
from apps.events.dispatch import dispatch
from apps.notifications.mail import send_due
from apps.tasks.models import Handover, Task

from .world import Caller, Json

MARK, PLAIN = "ZQX-5ecret", "ZQX-pl4in"
SECRET = {"x-taskhub": {"secret": True}}
TYPE: Json = {
    "schema": {
        "type": "object",
        "properties": {
            "user": {"type": "string"},
            "password": {"type": "string", "maxLength": 400, **SECRET},
            "codes": {"type": "array", "items": {"type": "string"}, **SECRET},
            "hidden": {"type": "string", "x-taskhub": {"secret": True, "read": ["application"]}},
        },
    },
    "create": {"by": "requester", "fields": ["user", "password"]},
    "function": "log-in",
    "failover": {"to": "team:dba", "fields": ["password"]},
}
RULE: Json = {
    "on": ["task.created", "task.submitted", "task.updated"],
    "when": f"fields.password.startsWith('{MARK}')",
    "actions": [{"do": "add_note", "text": "seen"}, {"do": "schedule_task", "function": "look"}],
}


def mark(number: int) -> str:
    return f"{MARK}-{number}"


def columns() -> Iterator[tuple[str, str]]:
    """(table, text of a row) of the whole database."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                yield table, " ".join(_text(value) for value in row)


def _text(value: Any) -> str:
    return bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)


@pytest.fixture
def kind(app: Caller) -> None:
    app.put("/functions/log-in", {"retry_policy": {"enabled": True, "delays": [0]}})
    assert app.put("/containers/migrations/types/login", TYPE).status_code == 201
    assert app.put("/containers/migrations/rules/see", RULE).status_code == 201


@pytest.fixture
def made(app: Caller, kind: None) -> Json:
    fields = {"user": PLAIN, "password": mark(1), "codes": [mark(2)], "hidden": mark(3)}
    body = {"container": "migrations", "type": "login", "fields": fields, "external_id": "x"}
    found = app.made("/tasks", body, Idempotency_Key="k1")
    assert app.made("/tasks", body)["id"] == found["id"], "the same body is the same"
    return found


def claimed(app: Caller) -> tuple[Json, Json]:
    (task,) = app.post("/queue/claim", {"functions": ["log-in"]}).json()["tasks"]
    return task, {"task": task["id"], "token": task["lease"]["token"]}


def ask(app: Caller, task: Json) -> Json:
    return app.made(
        f"/tasks/{task['id']}/hand-over",
        {
            "to": "team:dba",
            "fields": [{"name": "password", "proposed": mark(4)}, "codes"],
            "due_at": "2030-01-01T00:00:00Z",
            "on_timeout": {"do": "submit", "action": "submit", "fields": {"password": mark(5)}},
            "key": "q",
        },
        Idempotency_Key="k2",
    )


def journey(app: Caller, contributor: Caller, made: Json) -> Json:
    """Created, edited, asked for, drafted, answered, claimed, failed, retried and completed."""
    path = f"/tasks/{made['id']}"
    edited = app.patch(path, {"fields": {"password": mark(6)}}).json()
    assert (edited["fields"]["password"], edited["fields"]["codes"]) == (mark(6), [mark(2)])
    asked = ask(app, made)
    assert asked["fields"][0]["proposed"] == mark(4)
    assert asked["on_timeout"]["fields"] == {"password": mark(5)}
    draft = contributor.put(f"/handovers/{asked['id']}/draft", {"fields": {"password": mark(7)}}).json()
    assert draft["draft"] == {"password": mark(7)}
    page = contributor.client.get(f"/tasks/{made['key']}/").content.decode()
    assert mark(7) in page
    answer = {"action": "submit", "fields": {"password": mark(8), "codes": [mark(9)]}}
    answered = contributor.post(f"/handovers/{asked['id']}/submit", answer).json()
    assert answered["answer"]["fields"] == {"password": mark(8), "codes": [mark(9)]}
    task, lease = claimed(app)
    assert task["fields"] == {"user": PLAIN, "password": mark(8), "codes": [mark(9)], "hidden": mark(3)}
    assert task["answers"]["fields"] == {"password": mark(8), "codes": [mark(9)]}
    app.post("/queue/fail", {"failures": [{**lease, "error": {"name": "broken"}}]})
    task, lease = claimed(app)
    assert task["fields"]["password"] == mark(8)
    done = {**lease, "fields": {"password": mark(10)}, "result": "ok"}
    assert app.post("/queue/complete", {"results": [done]}).json()["results"][0]["ok"]
    assert app.post("/queue/complete", {"results": [done]}).json()["results"][0]["ok"], "the same outcome is the same"
    return app.get(f"/tasks/{task['id']}").json()


def test_secret_lies_nowhere_in_clear(
    app: Caller, contributor: Caller, made: Json, caplog: pytest.LogCaptureFixture, member: User
) -> None:
    with caplog.at_level(logging.DEBUG):
        task = journey(app, contributor, made)
        while dispatch():
            pass
        send_due()
        queue.sweep()
    assert task["fields"] == {"user": PLAIN, "password": mark(10), "codes": [mark(9)], "hidden": mark(3)}
    rows = list(columns())
    assert [table for table, text in rows if PLAIN in text], "values that are no secret are found so"
    rules = ("automation_rule",)  # the condition that its author wrote
    assert [table for table, text in rows if MARK in text and table not in rules] == []
    assert [message.subject for message in mail.outbox if MARK in message.body + message.subject] == []
    assert [record for record in caplog.records if MARK in record.getMessage()] == []


def test_open_question_and_draft_lie_sealed(app: Caller, contributor: Caller, made: Json) -> None:
    asked = ask(app, made)
    drafted = {"fields": {"password": mark(7), "codes": [PLAIN]}}
    assert contributor.put(f"/handovers/{asked['id']}/draft", drafted).json()["draft"] == drafted["fields"]
    typed = {"fields.password": mark(8)}
    assert contributor.client.post(f"/handovers/{asked['id']}/draft/", typed).status_code == 303
    assert contributor.get(f"/handovers/{asked['id']}").json()["draft"]["password"] == mark(8)
    found = [table for table, text in columns() if MARK in text and table != "automation_rule"]
    assert found == []


def test_default_further_down_a_chain_lies_sealed(app: Caller, contributor: Caller, made: Json) -> None:
    last = {"do": "submit", "action": "submit", "fields": {"password": mark(5), "hidden": mark(6)}}
    chain = {"do": "escalate", "to": "user:owner", "due_in": 60, "on_timeout": last}
    body = {"to": "team:dba", "fields": ["password"], "due_at": "2030-01-01T00:00:00Z", "on_timeout": chain}
    asked = app.made(f"/tasks/{made['id']}/hand-over", body)
    assert asked["on_timeout"]["on_timeout"]["fields"] == last["fields"]
    theirs = contributor.get(f"/handovers/{asked['id']}").json()
    assert theirs["on_timeout"]["on_timeout"]["fields"] == {"password": mark(5)}
    assert [table for table, text in columns() if MARK in text and table != "automation_rule"] == []


def test_unanswered_question_is_answered_with_the_sealed_default(app: Caller, made: Json) -> None:
    asked = ask(app, made)
    Handover.objects.filter(pk=asked["id"]).update(due_at="2020-01-01T00:00:00Z")
    queue.sweep()
    assert app.get(f"/tasks/{made['id']}").json()["fields"]["password"] == mark(5)


def test_secret_is_in_no_event_search_or_note(app: Caller, contributor: Caller, made: Json) -> None:
    journey(app, contributor, made)
    for caller in (app, contributor):
        told = caller.get(f"/tasks/{made['id']}/events").content + caller.get(f"/tasks/{made['id']}/notes").content
        assert MARK.encode() not in told
        for name, value in (("password", mark(10)), ("codes__contains", mark(9)), ("password__isnull", "false")):
            assert caller.get(f"/tasks?fields.{name}={value}").json()["results"] == []
        assert caller.get(f"/search?q={mark(10)}").json()["results"] == []


def test_hidden_secret_is_absent(app: Caller, contributor: Caller, made: Json) -> None:
    theirs = contributor.get(f"/tasks/{made['id']}").json()
    assert "hidden" not in theirs["fields"] | theirs["access"]
    assert theirs["fields"]["password"] == mark(1)
    before = contributor.get(f"/tasks/{made['id']}").headers["ETag"]
    app.patch(f"/tasks/{made['id']}", {"fields": {"hidden": "other"}})
    assert contributor.get(f"/tasks/{made['id']}").headers["ETag"] == before


def test_values_are_judged_in_clear(app: Caller, made: Json) -> None:
    for wrong in ("x" * 401, 5):
        answer = app.patch(f"/tasks/{made['id']}", {"fields": {"password": wrong}})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/fields/password"
    assert app.patch(f"/tasks/{made['id']}", {"fields": {"password": "sealed:gAAAA"}}).status_code == 200
    assert app.get(f"/tasks/{made['id']}").json()["fields"]["password"] == "sealed:gAAAA"


def test_same_value_changes_nothing(app: Caller, made: Json) -> None:
    before = Task.objects.get(pk=made["id"])
    answer = app.patch(f"/tasks/{made['id']}", {"fields": {"password": mark(1), "codes": [mark(2)]}})
    assert answer.json()["version"] == made["version"]
    assert Task.objects.get(pk=made["id"]).fields == before.fields


def test_sealed_text_of_another_field_is_not_opened(app: Caller, contributor: Caller, made: Json) -> None:
    """Who came by a sealed text cannot have it opened, wherever they put it."""
    sealed = Task.objects.get(pk=made["id"]).fields["hidden"]
    for fields in ({"user": sealed}, {"password": sealed}):
        app.patch(f"/tasks/{made['id']}", {"fields": fields})
    fields = contributor.get(f"/tasks/{made['id']}").json()["fields"]
    assert fields["user"] == fields["password"] == sealed


def test_schedule_takes_no_secrets(app: Caller, kind: None) -> None:
    task = {"container": "migrations", "type": "login", "fields": {"password": mark(1)}}
    answer = app.put("/functions/nightly", {"schedule": {"every": 60, "task": task}})
    assert [problem["pointer"] for problem in answer.json()["errors"]] == ["/schedule/task/fields/password"]


def test_value_from_before_the_field_was_secret_is_read(app: Caller, made: Json) -> None:
    Task.objects.filter(pk=made["id"]).update(fields={"password": "old", "codes": ["a"]})
    assert app.get(f"/tasks/{made['id']}").json()["fields"] == {"password": "old", "codes": ["a"]}


def test_lost_key_loses_the_value_alone(app: Caller, made: Json, settings: Any) -> None:
    key, settings.SECRET_KEY = settings.SECRET_KEY, "another-key-another-key-another-key-another"
    fields = app.get(f"/tasks/{made['id']}").json()["fields"]
    assert fields == {"user": PLAIN}
    fields = app.patch(f"/tasks/{made['id']}", {"fields": {"password": "new"}}).json()["fields"]
    assert fields == {"user": PLAIN, "password": "new"}
    settings.SECRET_KEY_FALLBACKS = [key]
    assert app.get(f"/tasks/{made['id']}").json()["fields"] == {**fields, "codes": [mark(2)], "hidden": mark(3)}
