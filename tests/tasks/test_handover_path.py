"""A task goes to a person and comes back: the main path, in services alone."""

import pytest

from apps.actors.actor import Actor
from apps.core.errors import Conflict, Forbidden, Invalid, NotFound, SchemaViolation
from apps.tasks import access, queries, services
from apps.tasks.access import TaskPermissions
from apps.tasks.models import Handover, Task
from apps.tasks.rendering import render_task

from .conftest import MakeTask

pytestmark = pytest.mark.django_db


def ask(actor: Actor, task: Task, **more: object) -> Handover:
    return services.hand_over(actor, str(task.pk), {"to": "user:ana", "fields": ["rows"], **more})


def levels(actor: Actor, task: Task) -> dict[str, str]:
    body = render_task(TaskPermissions(actor, access.get_task(actor, str(task.pk))))
    return body["access"]


def test_asked_field_is_the_targets_alone(make: MakeTask, requester_actor: Actor, application_actor: Actor) -> None:
    task = make(requester_actor)
    assert levels(requester_actor, task) == {"source": "locked", "rows": "locked", "cutover_at": "locked"}
    ask(application_actor, task)
    assert levels(requester_actor, task) == {"source": "locked", "rows": "write", "cutover_at": "locked"}
    assert set(levels(application_actor, task).values()) == {"locked"}


def test_submission_completes_a_task_without_function(
    make: MakeTask, requester_actor: Actor, application_actor: Actor
) -> None:
    task = make(requester_actor)
    handover = ask(application_actor, task)
    services.submit_handover(requester_actor, str(handover.pk), action="submit", fields={"rows": 3})
    done = Task.objects.get(pk=task.pk)
    assert (done.status, done.stage, done.fields["rows"]) == ("complete", "done", 3)
    assert done.answers["by"] == "user:ana"


def test_submission_returns_a_task_with_function_to_the_queue(
    make: MakeTask, requester_actor: Actor, application_actor: Actor
) -> None:
    task = make(function="migration.run", reporter="user:ana")
    assert task.queued
    handover = ask(application_actor, task)
    assert not Task.objects.get(pk=task.pk).queued
    services.submit_handover(requester_actor, str(handover.pk), action="submit", fields={"rows": 3})
    back = Task.objects.get(pk=task.pk)
    assert (back.status, back.queued) == ("new", True)


def test_wrong_values_write_nothing(make: MakeTask, requester_actor: Actor, application_actor: Actor) -> None:
    task = make(requester_actor)
    handover = ask(application_actor, task)
    with pytest.raises(SchemaViolation) as refused:
        services.submit_handover(requester_actor, str(handover.pk), action="submit", fields={"rows": -1})
    assert refused.value.errors[0].pointer == "/fields/rows"
    assert Handover.objects.get(pk=handover.pk).is_open
    assert "rows" not in Task.objects.get(pk=task.pk).fields


@pytest.mark.parametrize(
    ("fields", "error", "code"),
    [
        ({"source": "b"}, Forbidden, "locked"),
        ({"lag": 1}, Invalid, "unknown_field"),
        ({"nonsense": 1}, Invalid, "unknown_field"),
    ],
)
def test_only_asked_fields_are_taken(
    make: MakeTask,
    requester_actor: Actor,
    application_actor: Actor,
    fields: dict[str, object],
    error: type[Exception],
    code: str,
) -> None:
    handover = ask(application_actor, make(requester_actor))
    with pytest.raises(error) as refused:
        services.submit_handover(requester_actor, str(handover.pk), action="submit", fields=fields)
    assert refused.value.errors[0].code == code


def test_second_answer_says_who_answered(make: MakeTask, requester_actor: Actor, application_actor: Actor) -> None:
    handover = ask(application_actor, make(requester_actor))
    services.submit_handover(requester_actor, str(handover.pk), action="submit")
    with pytest.raises(Conflict, match="by ana"):
        services.submit_handover(requester_actor, str(handover.pk), action="submit")


def test_stranger_finds_no_handover(
    make: MakeTask, requester_actor: Actor, stranger_actor: Actor, application_actor: Actor
) -> None:
    handover = ask(application_actor, make(requester_actor))
    with pytest.raises(NotFound):
        services.submit_handover(stranger_actor, str(handover.pk), action="submit")


def test_key_makes_the_call_repeatable(make: MakeTask, requester_actor: Actor, application_actor: Actor) -> None:
    task = make(requester_actor)
    first = ask(application_actor, task, key="k")
    assert ask(application_actor, task, key="k") == first
    with pytest.raises(Conflict):
        ask(application_actor, task, key="k", message="other")
    with pytest.raises(Conflict):
        ask(application_actor, task)


def test_decline_gives_the_task_back(make: MakeTask, requester_actor: Actor, application_actor: Actor) -> None:
    task = make(function="f", reporter="user:ana")
    handover = ask(application_actor, task)
    services.decline_handover(requester_actor, str(handover.pk), comment="not me")
    assert Task.objects.get(pk=task.pk).status == "new"
    assert Handover.objects.get(pk=handover.pk).state == "declined"


def test_team_claims_and_takes_next(
    make: MakeTask, member_actor: Actor, stranger_actor: Actor, application_actor: Actor
) -> None:
    first, second = make(), make()
    for task in (first, second):
        ask(application_actor, task, to="team:dba")
    one = services.take_next(member_actor, team="dba")
    two = services.take_next(member_actor)
    assert one is not None
    assert two is not None
    assert {one.task_id, two.task_id} == {first.pk, second.pk}
    assert services.take_next(member_actor) is None
    with pytest.raises(NotFound):
        services.take_next(member_actor, team="nobody")
    with pytest.raises(Conflict):
        services.claim_handover(member_actor, str(one.pk))
    assert queries.inbox(member_actor).count() == 2
    assert queries.inbox(stranger_actor).count() == 0


def test_take_over_opens_all_visible_fields(make: MakeTask, member_actor: Actor) -> None:
    task = make(function="f")
    handover = services.take_over(member_actor, str(task.pk))
    assert handover.reason == "taken_over"
    assert {field["name"] for field in handover.fields} == {"source", "rows", "cutover_at"}
    services.submit_handover(member_actor, str(handover.pk), action="complete", fields={"rows": 1})
    assert Task.objects.get(pk=task.pk).status == "complete"


def test_asked_in_the_call_that_creates(make: MakeTask, requester_actor: Actor) -> None:
    task = make(hand_over={"to": "user:ana", "fields": [{"name": "rows", "required": True}], "message": "How many?"})
    assert task.status == "handed_over"
    assert queries.waiting_on_me(requester_actor).get().task_id == task.pk


def test_wrong_handover_creates_nothing(make: MakeTask) -> None:
    with pytest.raises(Invalid) as refused:
        make(hand_over={"to": "user:nobody"})
    assert refused.value.errors[0].pointer == "/hand_over/to"
    assert not Task.objects.exists()


def test_private_task_needs_a_wider_privacy_to_be_handed_over(
    make: MakeTask, application_actor: Actor, requester_actor: Actor
) -> None:
    task = make(privacy="application")
    with pytest.raises(Conflict):
        ask(application_actor, task)
    ask(application_actor, task, privacy="restricted")
    assert access.visible_to(requester_actor).filter(pk=task.pk).exists()
