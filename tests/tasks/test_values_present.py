"""Whether a field has a value, at every door: null removes, what shows nothing is empty, hidden questions are free."""

from typing import Any

import pytest

from apps.actors.actor import Actor
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.core.errors import Invalid, SchemaViolation
from apps.tasks import services
from apps.tasks.models import Task
from apps.tasks.services.scheduled_updates import run as scheduled_updates_run

pytestmark = pytest.mark.django_db
EMPTY = [None, "", " ", "\u200b", "\u2060\ufeff", "\u3164", "\u2800", "\ufe0f"]
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["why", "labels", "extra", "detail"],
    "properties": {
        "why": {"type": "string"},
        "labels": {"type": "array", "items": {"type": "string"}},
        "extra": {"type": "object"},
        "size": {"type": "integer"},
        "maybe": {"type": ["string", "null"]},
        "kind": {"type": "string", "enum": ["plain", "other"]},
        "detail": {"type": "string", "ui:showIf": {"field": "kind", "equals": "other"}},
    },
}
FULL = {"why": "So", "labels": ["a"], "extra": {"a": 1}, "kind": "plain"}
WAYS = [
    {
        "name": "close",
        "title": "Close",
        "from": ["todo"],
        "to": "done",
        "who": ["everyone"],
        "input": {"type": "object", "required": SCHEMA["required"], "properties": SCHEMA["properties"]},
        "actions": [{"do": "set", "fields": {"why": {"cel": "has(input.size) ? 'size' : 'none'"}}}],
    }
]
STAGES = [
    {"name": "todo", "title": "To do", "category": "todo", "status": "new"},
    {"name": "doing", "title": "Doing", "category": "doing", "requires": ["why", "detail"]},
    {"name": "done", "title": "Done", "category": "done", "status": "complete"},
]


@pytest.fixture
def card(desk: Container, owner_actor: Actor) -> Task:
    put_type(owner_actor, desk.slug, "card", {"schema": SCHEMA, "stages": STAGES})
    return make(owner_actor, FULL)


def make(actor: Actor, fields: dict[str, Any]) -> Task:
    return services.create_task(actor, {"container": "desk", "type": "card", "title": "C", "fields": fields})[0]


def stored(task: Task) -> dict[str, Any]:
    task.refresh_from_db()
    return dict(task.fields)


def test_null_removes_an_optional_field(card: Task, owner_actor: Actor) -> None:
    services.edit_task(owner_actor, str(card.pk), {"fields": {"size": 3, "maybe": "x"}})
    services.edit_task(owner_actor, str(card.pk), {"fields": {"size": None, "maybe": None}})
    assert stored(card) == {**FULL, "maybe": None}


def test_null_removes_at_creation_and_when_it_is_planned(card: Task, owner_actor: Actor) -> None:
    assert stored(make(owner_actor, {**FULL, "size": None})) == FULL
    services.edit_task(owner_actor, str(card.pk), {"fields": {"size": 3}})
    update = services.schedule_update(
        owner_actor, str(card.pk), at="2990-01-01T00:00:00Z", set={"fields": {"size": None}}  # type: ignore[arg-type]
    )  # fmt: skip
    type(update).objects.update(at=update.created_at)
    assert scheduled_updates_run.update_due() == 1
    assert stored(card) == FULL


def test_null_does_not_remove_a_required_field(card: Task, owner_actor: Actor) -> None:
    with pytest.raises(SchemaViolation) as caught:
        services.edit_task(owner_actor, str(card.pk), {"fields": {"why": None}})
    assert caught.value.errors[0].pointer == "/fields/why"


def test_null_removes_in_an_answer(card: Task, owner_actor: Actor, member_actor: Actor) -> None:
    services.edit_task(owner_actor, str(card.pk), {"fields": {"size": 3}})
    action = {"name": "go", "effect": "complete"}
    handover = services.hand_over(
        owner_actor, str(card.pk), {"to": "user:member", "fields": ["size"], "actions": [action]}
    )
    services.submit_handover(member_actor, str(handover.pk), action="go", fields={"size": None})
    assert stored(card) == FULL


@pytest.mark.parametrize("value", EMPTY)
def test_a_required_text_that_shows_nothing_is_missing(card: Task, owner_actor: Actor, value: str | None) -> None:
    with pytest.raises(SchemaViolation):
        make(owner_actor, {**FULL, "why": value})


@pytest.mark.parametrize(("name", "value"), [("labels", []), ("extra", {})])
def test_no_entries_are_no_value(card: Task, owner_actor: Actor, name: str, value: object) -> None:
    with pytest.raises(SchemaViolation) as caught:
        make(owner_actor, {**FULL, name: value})
    assert (caught.value.errors[0].pointer, caught.value.errors[0].code) == (f"/fields/{name}", "required")


@pytest.mark.parametrize("title", EMPTY[1:])
def test_a_title_that_shows_nothing_is_refused(card: Task, owner_actor: Actor, title: str) -> None:
    with pytest.raises(Invalid):
        services.edit_task(owner_actor, str(card.pk), {"title": title})


def test_a_hidden_question_is_not_required(card: Task, owner_actor: Actor) -> None:
    with pytest.raises(SchemaViolation) as caught:
        make(owner_actor, {**FULL, "kind": "other"})
    assert [problem.pointer for problem in caught.value.errors] == ["/fields/detail"]
    services.edit_task(owner_actor, str(card.pk), {"stage": "doing"})
    assert card.stage == "todo"
    card.refresh_from_db()
    assert card.stage == "doing"


def test_the_input_of_a_transition_is_judged_alike(desk: Container, owner_actor: Actor) -> None:
    from apps.automation.transitions import run_transition

    shape = {"schema": SCHEMA, "stages": STAGES, "transitions": WAYS}
    put_type(owner_actor, desk.slug, "card", shape)
    for wrong in ({**FULL, "why": "\u200b"}, {**FULL, "labels": []}, {**FULL, "kind": "other"}):
        task = make(owner_actor, FULL)
        with pytest.raises(SchemaViolation):
            run_transition(owner_actor, str(task.pk), "close", input=wrong)
    run_transition(owner_actor, str(task.pk), "close", input={**FULL, "size": None})
    assert stored(task)["why"] == "none"
