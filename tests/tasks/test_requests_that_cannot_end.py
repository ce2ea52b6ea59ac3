"""Requests to nobody, time-outs that never come, values that do not fit: refused when they are asked."""

from typing import Any

import pytest

from apps.actors.actor import Actor
from apps.actors.models import Team
from apps.core.errors import Conflict, Invalid, TaskHubError
from apps.tasks import services
from apps.tasks.models import Handover
from tests.factories import make_team

from .conftest import MakeTask

LATER = "2099-01-01T00:00:00Z"


def pointer(error: TaskHubError) -> str:
    return error.errors[0].pointer


@pytest.mark.parametrize(
    ("request_body", "at"),
    [
        ({"to": "team:empty"}, "/to"),
        ({"to": "team:dba", "exclude": ["user:member"]}, "/to"),
        ({"to": "user:member", "on_timeout": {"do": "fail"}}, "/due_at"),
        (
            {
                "to": "user:member",
                "due_at": LATER,
                "actions": [{"name": "no", "effect": "fail", "needs_comment": True}],
                "on_timeout": {"do": "submit", "action": "no"},
            },
            "/on_timeout/action",
        ),
        ({"to": "user:member", "fields": [{"name": "rows", "proposed": "many"}]}, "/fields/0/proposed"),
        (
            {
                "to": "user:member",
                "due_at": LATER,
                "on_timeout": {"do": "submit", "action": "submit", "fields": {"rows": -1}},
            },
            "/on_timeout/fields/rows",
        ),
    ],
)
def test_refused_when_asked(make: MakeTask, application_actor: Actor, request_body: dict[str, Any], at: str) -> None:
    make_team("empty")
    task = make()
    with pytest.raises(Invalid) as refused:
        services.hand_over(application_actor, task.pk, request_body)
    assert pointer(refused.value) == at
    assert not Handover.objects.exists()


def test_nobody_delegates_to_a_team_without_members(
    make: MakeTask, application_actor: Actor, member_actor: Actor
) -> None:
    make_team("empty")
    handover = services.hand_over(application_actor, make().pk, {"to": "user:member"})
    with pytest.raises(Invalid):
        services.delegate_handover(member_actor, handover.pk, to="team:empty")


def test_a_key_that_was_answered_asks_nobody(make: MakeTask, application_actor: Actor, member_actor: Actor) -> None:
    task, request = make(), {"key": "k", "to": "user:member", "fields": ["rows"], "actions": ["return"]}
    handover = services.hand_over(application_actor, task.pk, request)
    assert services.hand_over(application_actor, task.pk, request).pk == handover.pk
    services.submit_handover(member_actor, handover.pk, action="return", fields={"rows": 3})
    with pytest.raises(Conflict) as refused:
        services.hand_over(application_actor, task.pk, request)
    assert refused.value.code == "already_answered"
    assert '"rows":3' in refused.value.errors[0].detail
    task.refresh_from_db()
    assert (task.answers["key"], task.answers["reason"]) == ("k", "asked")


def test_circles_of_links_are_refused(make: MakeTask, application_actor: Actor, team: Team) -> None:
    first, second, third = make(), make(), make()
    for kind in ("blocks", "parent"):
        services.add_link(application_actor, first.pk, kind=kind, task=str(second.pk))
        services.add_link(application_actor, second.pk, kind=kind, task=str(third.pk))
        for source in (second, third):
            with pytest.raises(Conflict):
                services.add_link(application_actor, source.pk, kind=kind, task=str(first.pk))
    child = make(parent=str(first.pk))
    with pytest.raises(Conflict):
        services.add_link(application_actor, first.pk, kind="parent", task=str(child.pk))
    services.add_link(application_actor, third.pk, kind="relates", task=str(first.pk))
    services.add_link(application_actor, first.pk, kind="relates", task=str(third.pk))
