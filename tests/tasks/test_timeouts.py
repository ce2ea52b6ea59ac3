"""Nobody answered in time: what `on_timeout` says happens, once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.actors.actor import Actor
from apps.actors.models import Team
from apps.tasks import queries, services
from apps.tasks.models import Handover, Task
from apps.tasks.services import timeouts
from apps.tasks.services.timeouts import expire_due

from .conftest import MakeTask

pytestmark = pytest.mark.django_db


def overdue(make: MakeTask, actor: Actor, timeout: dict[str, object] | None, **body: object) -> Handover:
    task = make(reporter="user:ana", **body)
    due = timezone.now() - timedelta(seconds=1)
    request = {"to": "reporter", "fields": ["rows"], "due_at": due, "on_timeout": timeout}
    return services.hand_over(actor, task.key, request)


@pytest.mark.parametrize(
    ("timeout", "status", "state"),
    [
        ({"do": "submit", "fields": {"rows": 5}}, "complete", "expired"),
        ({"do": "submit", "fields": {"rows": -5}}, "in_progress", "expired"),
        ({"do": "return"}, "in_progress", "expired"),
        ({"do": "fail"}, "failed", "expired"),
        ({"do": "escalate", "to": "team:dba"}, "handed_over", "open"),
        ({"do": "escalate", "to": "team:gone"}, "in_progress", "expired"),
        (None, "handed_over", "open"),
    ],
)
def test_timeout(
    make: MakeTask,
    requester_actor: Actor,
    application_actor: Actor,
    timeout: dict[str, object] | None,
    status: str,
    state: str,
) -> None:
    handover = overdue(make, application_actor, timeout)
    assert expire_due() == (timeout is not None)
    assert expire_due() == 0
    handover.refresh_from_db()
    assert (Task.objects.get(pk=handover.task_id).status, handover.state) == (status, state)


def test_escalation_reaches_the_team(
    make: MakeTask, team: Team, requester_actor: Actor, member_actor: Actor, application_actor: Actor
) -> None:
    overdue(make, application_actor, {"do": "escalate", "to": "team:dba"})
    assert queries.inbox(requester_actor).count() == 1
    expire_due()
    assert queries.inbox(requester_actor).count() == 0
    assert queries.inbox(member_actor).count() == 1


def test_function_gets_its_task_back(make: MakeTask, requester_actor: Actor, application_actor: Actor) -> None:
    handover = overdue(make, application_actor, {"do": "return"}, function="f")
    expire_due()
    assert Task.objects.get(pk=handover.task_id).queued


def test_link_of_a_chain_is_not_skipped_by_a_second_node(
    make: MakeTask, team: Team, requester_actor: Actor, application_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = timeouts._attempt
    twice = lambda act, *said: attempt(act, *said) + attempt(act, *said)  # noqa: E731 - both nodes have read the list
    monkeypatch.setattr(timeouts, "_attempt", twice)
    then = {"do": "escalate", "to": "team:dba", "due_in": 3600, "on_timeout": {"do": "fail"}}
    handover = overdue(make, application_actor, then)
    assert expire_due() == 1
    handover.refresh_from_db()
    assert (handover.to, handover.on_timeout["do"]) == ("team:dba", "fail")  # type: ignore[index]
    assert Task.objects.get(pk=handover.task_id).status == "handed_over"
