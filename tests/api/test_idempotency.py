"""The same POST twice does its work once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.api import idempotency, jobs
from apps.api.models import IdempotencyRecord
from apps.tasks.models import Note, Task

from .world import TASK, Caller, Json


def age(hours: int) -> None:
    IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(hours=hours))


def test_same_key_makes_one_task(app: Caller) -> None:
    first, second = (app.post("/tasks", TASK, Idempotency_Key="k") for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert Task.objects.count() == 1


def test_object_is_rendered_now(app: Caller) -> None:
    made = app.post("/tasks", TASK, Idempotency_Key="k").json()
    app.patch(f"/tasks/{made['id']}", {"title": "Changed"})
    again = app.post("/tasks", TASK, Idempotency_Key="k")
    assert (again.status_code, again.json()["title"]) == (201, "Changed")


def test_spelling_of_the_body_does_not_matter(app: Caller) -> None:
    app.post("/tasks", b'{"container": null, "title": "caf\xc3\xa9"}', Idempotency_Key="k")
    again = app.post("/tasks", b'{"title":"caf\\u00e9","container":null}', Idempotency_Key="k")
    assert again.status_code == 201
    assert Task.objects.count() == 1


def test_another_body_is_a_mismatch(app: Caller) -> None:
    app.post("/tasks", TASK, Idempotency_Key="k")
    answer = app.post("/tasks", {**TASK, "title": "Other"}, Idempotency_Key="k")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")
    assert Task.objects.count() == 1


@pytest.mark.parametrize("value", [b'{"priority":1}', b'{"priority":true}', b'{"priority":"1"}'])
def test_types_count_as_part_of_the_body(value: bytes) -> None:
    import orjson

    digests = {idempotency.digest_of(orjson.loads(text)) for text in (value, b'{"priority":1.5}')}
    assert len(digests) == 2


def test_refusal_is_not_kept(app: Caller) -> None:
    body = {**TASK, "container": "later"}
    assert app.post("/tasks", body, Idempotency_Key="k").status_code == 400
    app.put("/containers/later")
    app.put("/containers/later/types/migration", {"schema": {"type": "object", "properties": {
        name: {} for name in ("source", "target", "lag_rows")}}})  # fmt: skip
    assert app.post("/tasks", body, Idempotency_Key="k").status_code == 201


def test_key_is_of_one_actor_and_path(app: Caller, other_app: Caller, task: Json) -> None:
    mine = app.post("/tasks", {"title": "Mine"}, Idempotency_Key="k").json()
    theirs = other_app.post("/tasks", {"title": "Theirs"}, Idempotency_Key="k").json()
    assert mine["id"] != theirs["id"]
    assert app.post(f"/tasks/{task['id']}/notes", {"text": "a"}, Idempotency_Key="k").status_code == 201


def test_actions_are_done_once(app: Caller, task: Json) -> None:
    path = f"/tasks/{task['id']}"
    for _ in range(2):
        answer = app.post(path + "/complete", {"note": "Done"}, Idempotency_Key="c")
        assert (answer.status_code, answer.json()["status"]) == (200, "complete")
    assert Note.objects.count() == 1
    assert app.post(path + "/complete", {"note": "Done"}).status_code == 409


def test_bulk_is_done_once(app: Caller) -> None:
    body = {"tasks": [TASK, {"frog": 1}]}
    first, second = (app.post("/tasks/bulk", body, Idempotency_Key="b").json() for _ in range(2))
    assert first == second
    assert Task.objects.count() == 1


def test_key_is_kept_for_a_day(app: Caller) -> None:
    app.post("/tasks", TASK, Idempotency_Key="k")
    age(23)
    assert idempotency.forget_expired() == 0
    app.post("/tasks", TASK, Idempotency_Key="k")
    assert Task.objects.count() == 1
    age(25)
    assert app.post("/tasks", {**TASK, "title": "Other"}, Idempotency_Key="k").status_code == 201
    age(25)
    assert idempotency.forget_expired() == 1


def test_keys_are_forgotten_batch_by_batch(app: Caller) -> None:
    for key in "abc":
        app.post("/tasks", TASK, Idempotency_Key=key)
    age(25)
    assert idempotency.forget_expired(limit=1) == 1
    jobs.forget_keys()
    assert not IdempotencyRecord.objects.exists()


def test_hidden_meanwhile_is_absent(app: Caller, contributor: Caller, task: Json) -> None:
    body = {"text": "Hello"}
    assert contributor.post(f"/tasks/{task['id']}/notes", body, Idempotency_Key="n").status_code == 201
    app.patch(f"/tasks/{task['id']}", {"privacy": "application"})
    assert contributor.post(f"/tasks/{task['id']}/notes", body, Idempotency_Key="n").status_code == 404


def test_no_content_is_kept(app: Caller) -> None:
    app.post("/tasks", {**TASK, "title": "Very secret"}, Idempotency_Key="k")
    record = IdempotencyRecord.objects.get()
    assert record.made == str(Task.objects.get().pk)


def test_nothing_is_an_answer_that_is_kept(contributor: Caller) -> None:
    answers = [contributor.post("/inbox/take-next", {}, Idempotency_Key="k") for _ in range(2)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(204, b"")] * 2
