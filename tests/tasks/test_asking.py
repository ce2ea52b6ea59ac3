"""A question that goes on: reminders, chains of escalation, people who must not answer, delegation that comes back."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.actors.actor import Actor
from apps.actors.models import Team, User
from apps.actors.references import actor_of_user
from apps.core.errors import Conflict, Forbidden, Invalid
from apps.events.dispatch import dispatch
from apps.events.models import Event
from apps.notifications.models import Notification
from apps.tasks import access, queries, services
from apps.tasks.access import TaskPermissions, can_see, get_task
from apps.tasks.models import Handover, Task
from apps.tasks.services.handovers.timeouts import expire_due, remind_due
from tests.factories import make_user

from .conftest import MakeTask

pytestmark = pytest.mark.django_db


def ask(actor: Actor, task: Task, **said: Any) -> Handover:
    if "on_timeout" in said:
        said = {"due_at": timezone.now() + timedelta(days=1), **said}
    return services.hand_over(actor, task.key, {"to": "team:dba", "fields": ["rows"], **said})


def told(handover: Handover) -> list[str]:
    rows = Event.objects.filter(task_id=handover.task_id, type="task.handover_changed").order_by("sequence")
    return [row.data["did"] for row in rows]


@pytest.fixture
def colleague(team: Team) -> User:
    """Another one of the team."""
    return make_user("colleague", team)


# --- Reminders -------------------------------------------------------------------------------------------


def test_each_reminder_is_told_once(make: MakeTask, application_actor: Actor, member: User) -> None:
    at = timezone.now() + timedelta(hours=1)
    handover = ask(application_actor, make(), due_at=at + timedelta(hours=5), reminders=[at.isoformat(), 3600])
    assert Handover.objects.get(pk=handover.pk).remind_at == at
    assert remind_due() == 0
    Handover.objects.update(remind_at=timezone.now() - timedelta(seconds=1))
    assert [remind_due(), remind_due()] == [1, 0]
    dispatch()
    assert Notification.objects.filter(user=member, reason="reminded", handover=handover).count() == 1
    assert told(handover) == ["reminded"]


def test_reminders_of_long_ago_are_one_and_answered_ones_none(make: MakeTask, application_actor: Actor) -> None:
    due = timezone.now() + timedelta(minutes=1)
    handover = ask(application_actor, make(), due_at=due, reminders=[3600, 7200])
    assert Handover.objects.get(pk=handover.pk).remind_at is None
    Handover.objects.update(remind_at=timezone.now() - timedelta(hours=1))
    services.withdraw_handover(application_actor, handover.pk)
    assert remind_due() == 0


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"reminders": [60]}, "/reminders/0"),
        ({"reminders": ["soon"]}, "/reminders/0"),
        ({"reminders": [True]}, "/reminders/0"),
        ({"exclude": ["team:dba"]}, "/exclude/0"),
        ({"exclude": ["user:nobody"]}, "/exclude/0"),
        ({"to": "user:member", "exclude": ["user:member"]}, "/exclude"),
        ({"on_timeout": {"do": "return", "due_in": 5}}, "/on_timeout/due_in"),
        ({"on_timeout": {"do": "escalate", "to": "team:x", "on_timeout": {"do": "fail"}}}, "/on_timeout/due_in"),
        ({"on_timeout": {"do": "escalate", "to": "x", "due_in": 5, "on_timeout": {"do": "sing"}}},
         "/on_timeout/on_timeout/do"),
        ({"on_timeout": {"do": "submit", "action": "submit", "fields": "rows"}}, "/on_timeout/fields"),
        ({"on_timeout": {"do": "submit", "action": "submit", "fields": {"nothing": 1}}}, "/on_timeout/fields/nothing"),
        ({"on_timeout": {"do": "escalate", "to": "x", "due_in": 5,
          "on_timeout": {"do": "submit", "action": "submit", "fields": [1]}}},
         "/on_timeout/on_timeout/fields"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(make: MakeTask, application_actor: Actor, said: dict[str, Any], pointer: str) -> None:
    make_user("ana")
    with pytest.raises(Invalid) as refused:
        ask(application_actor, make(), **said)
    assert [problem.pointer for problem in refused.value.errors] == [pointer]


def test_a_chain_has_an_end(make: MakeTask, application_actor: Actor) -> None:
    chain: dict[str, Any] = {"do": "fail"}
    for _link in range(5):
        chain = {"do": "escalate", "to": "team:dba", "due_in": 60, "on_timeout": chain}
    with pytest.raises(Invalid):
        ask(application_actor, make(), on_timeout=chain)
    ask(application_actor, make(), on_timeout=chain["on_timeout"])


# --- Escalation ------------------------------------------------------------------------------------------


def test_an_escalation_goes_from_link_to_link(
    make: MakeTask, application_actor: Actor, owner_actor: Actor, member: User, owner: User
) -> None:
    chain = {"do": "escalate", "to": "user:owner", "due_in": 3600, "on_timeout": {"do": "fail"}}
    due = timezone.now() - timedelta(seconds=1)
    handover = ask(application_actor, make(), due_at=due, on_timeout=chain, reminders=[60])
    assert expire_due() == 1
    handover = Handover.objects.get(pk=handover.pk)
    assert (handover.to, handover.on_timeout["do"], handover.state) == ("user:owner", "fail", "open")  # type: ignore[index]
    assert handover.due_at is not None and handover.remind_at == handover.due_at - timedelta(seconds=60)  # noqa: PT018
    dispatch()
    assert Notification.objects.filter(user=owner, handover=handover).exists()
    Handover.objects.update(due_at=due)
    assert expire_due() == 1
    assert Task.objects.get(pk=handover.task_id).status == "failed"
    assert told(handover)[0] == "escalated"


# --- Four eyes -------------------------------------------------------------------------------------------


def test_who_answered_before_does_not_answer_the_next(
    make: MakeTask, application_actor: Actor, member: User, member_actor: Actor, colleague: User
) -> None:
    task = make()
    first = ask(application_actor, task, actions=[{"name": "ok", "effect": "return"}])
    services.submit_handover(member_actor, first.pk, action="ok", fields={"rows": 1})
    second = ask(application_actor, task, exclude=["previous"])
    dispatch()
    assert not Notification.objects.filter(user=member, handover=second).exists()
    assert Notification.objects.filter(user=colleague, handover=second).exists()
    assert queries.inbox(member_actor).count() == 0
    assert services.take_next(member_actor) is None
    for act in (services.claim_handover, services.decline_handover):
        with pytest.raises(Forbidden, match="excluded"):
            act(member_actor, second.pk)
    with pytest.raises(Forbidden, match="excluded"):
        services.submit_handover(member_actor, second.pk, action="submit", fields={"rows": 2})
    other = actor_of_user(colleague)
    services.claim_handover(other, second.pk)
    with pytest.raises(Forbidden, match="excluded"):
        services.delegate_handover(other, second.pk, to="user:member")
    services.submit_handover(other, second.pk, action="submit", fields={"rows": 2})
    assert Task.objects.get(pk=task.pk).fields["rows"] == 2


def test_exclusion_gives_no_sight_and_both_forms_agree(
    make: MakeTask, application_actor: Actor, team: Team, colleague: User
) -> None:
    reporter = make_user("rep", team)
    task = make(privacy="restricted", reporter="user:rep")
    outsider = make_user("out", team)
    ask(application_actor, task, exclude=["reporter", "user:out"])
    for user, sees in ((colleague, True), (outsider, False), (reporter, True)):
        actor = actor_of_user(user)
        assert access.visible_to(actor).filter(pk=task.pk).exists() == sees
        assert can_see(actor, Task.objects.get(pk=task.pk)) == sees
    permissions = TaskPermissions(actor_of_user(reporter), get_task(actor_of_user(reporter), task.key))
    assert not permissions.is_asked
    assert not permissions.may_answer


# --- Delegation that comes back --------------------------------------------------------------------------


def test_what_was_delegated_comes_back_with_what_was_found(
    make: MakeTask, application_actor: Actor, member_actor: Actor, owner_actor: Actor
) -> None:
    handover = ask(application_actor, make())
    services.claim_handover(member_actor, handover.pk)
    services.delegate_handover(member_actor, handover.pk, to="user:owner", returns=True)
    with pytest.raises(Conflict, match="decides"):
        services.submit_handover(owner_actor, handover.pk, action="submit", fields={"rows": 3})
    back = services.resolve_handover(owner_actor, handover.pk, fields={"rows": 3}, comment="Counted twice")
    assert (back.to, back.state, back.draft) == ("user:member", "claimed", {"rows": 3})
    services.submit_handover(member_actor, handover.pk, action="submit", fields=back.draft)
    assert told(handover) == ["claimed", "delegated", "resolved"]
    with pytest.raises(Conflict):
        services.resolve_handover(owner_actor, handover.pk)


def test_who_left_waits_for_nothing(
    make: MakeTask, application_actor: Actor, member: User, member_actor: Actor, owner_actor: Actor
) -> None:
    handover = ask(application_actor, make())
    services.delegate_handover(member_actor, handover.pk, to="user:owner", returns=True)
    User.objects.filter(pk=member.pk).update(is_active=False)
    with pytest.raises(Conflict):
        services.resolve_handover(owner_actor, handover.pk)
    services.submit_handover(owner_actor, handover.pk, action="submit", fields={"rows": 3})
