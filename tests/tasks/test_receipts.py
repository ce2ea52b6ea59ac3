"""What a person was shown: a version that tells what changed since, and a receipt that never changes."""

from typing import Any

import pytest

from apps.actors.actor import Actor
from apps.core.errors import NotFound, VersionMismatch
from apps.tasks import queries, receipts, rendering, services
from apps.tasks.access import TaskPermissions, get_task
from apps.tasks.models import Handover, Receipt

from .conftest import MakeTask

pytestmark = pytest.mark.django_db
VALUES = {"source": "a", "lag": 7, "secret": "hush"}


@pytest.fixture
def handover(make: MakeTask, application_actor: Actor, team: object) -> Handover:
    said = {"to": "team:dba", "title": "Go?", "message": "Say **yes**.", "fields": [{"name": "rows", "label": "Rows?"}]}
    return services.hand_over(application_actor, make(fields=VALUES).key, {**said, "actions": ["complete", "cancel"]})


def version(actor: Actor, handover: Handover) -> str:
    return receipts.version_of(TaskPermissions(actor, get_task(actor, str(handover.task_id))), handover)


def answer(actor: Actor, handover: Handover, **more: Any) -> Handover:
    return services.submit_handover(actor, handover.pk, action="complete", fields={"rows": 3}, **more)


def test_the_receipt_keeps_what_was_shown(handover: Handover, member_actor: Actor, application_actor: Actor) -> None:
    with pytest.raises(NotFound):
        queries.get_receipt(member_actor, handover.pk)
    answer(member_actor, handover)
    shown = rendering.render_receipt(*queries.get_receipt(member_actor, handover.pk))
    assert (shown["by"], shown["title"], shown["message"]) == ("user:member", "Go?", "Say **yes**.")
    assert [action["name"] for action in shown["actions"]] == ["complete", "cancel"]
    assert shown["type_version"] == 1
    fields = {field["name"]: field for field in shown["fields"]}
    assert (fields["rows"]["label"], fields["rows"]["asked"], fields["rows"]["value"]) == ("Rows?", True, None)
    assert (fields["source"]["asked"], fields["source"]["value"]) == (False, "a")
    assert "lag" not in fields
    assert "hush" not in str(Receipt.objects.values_list("shown", flat=True).get())


def test_a_receipt_shows_nothing_that_its_reader_does_not_see(
    make: MakeTask,
    application_actor: Actor,
    owner_actor: Actor,
    owner: object,
    member_actor: Actor,
    stranger_actor: Actor,
) -> None:
    task = make(fields=VALUES)
    asked = services.hand_over(application_actor, task.key, {"to": "user:owner", "fields": ["rows"]})
    services.submit_handover(owner_actor, asked.pk, action="submit", fields={"rows": 1})
    names = {
        actor.name: [
            field["name"] for field in rendering.render_receipt(*queries.get_receipt(actor, asked.pk))["fields"]
        ]
        for actor in (owner_actor, member_actor)
    }
    assert "lag" in names["owner"]
    assert "lag" not in names["member"]
    with pytest.raises(NotFound):
        queries.get_receipt(stranger_actor, asked.pk)


def test_an_unchanged_version_is_taken(handover: Handover, member_actor: Actor) -> None:
    seen = version(member_actor, handover)
    services.save_draft(member_actor, handover.pk, fields={"rows": 2})
    assert answer(member_actor, handover, version=seen).state == "submitted"


def test_a_stale_answer_is_refused_with_what_changed(
    handover: Handover, member_actor: Actor, application_actor: Actor
) -> None:
    seen = version(member_actor, handover)
    services.edit_task(application_actor, handover.task_id, {"title": "Another", "description": "More"})
    with pytest.raises(VersionMismatch) as refused:
        answer(member_actor, handover, version=seen)
    assert [problem.pointer for problem in refused.value.errors] == ["/task/title", "/task/description"]
    assert Handover.objects.get(pk=handover.pk).state == "open"
    assert answer(member_actor, handover, version=version(member_actor, handover)).state == "submitted"


def test_what_changed_unseen_changes_nothing(handover: Handover, member_actor: Actor, owner_actor: Actor) -> None:
    seen, of_manager = version(member_actor, handover), version(owner_actor, handover)
    task = handover.task
    type(task).objects.filter(pk=task.pk).update(fields={**VALUES, "lag": 8})
    assert version(member_actor, handover) == seen
    changed = receipts.changed(TaskPermissions(owner_actor, get_task(owner_actor, task.key)), handover, of_manager)
    assert [problem.pointer for problem in changed] == ["/task/fields/lag"]


@pytest.mark.parametrize("wrong", ["", "x", "0" * 600])
def test_a_version_that_never_was_is_refused(handover: Handover, member_actor: Actor, wrong: str) -> None:
    with pytest.raises(VersionMismatch):
        answer(member_actor, handover, version=wrong)


def test_nobody_s_answer_leaves_no_receipt(make: MakeTask, application_actor: Actor, team: object) -> None:
    from datetime import timedelta

    from django.utils import timezone

    from apps.tasks.services.handovers.timeouts import expire_due

    due = timezone.now() - timedelta(seconds=1)
    said = {"to": "team:dba", "due_at": due, "on_timeout": {"do": "submit", "action": "submit"}}
    services.hand_over(application_actor, make().key, said)
    assert expire_due() == 1
    assert not Receipt.objects.exists()
