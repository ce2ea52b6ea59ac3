"""Nobody answered in time: what `on_timeout` says happens, once."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.actors.actor import Actor
from apps.actors.models import Team
from apps.core.errors import Invalid
from apps.tasks import queries, services
from apps.tasks.models import Handover, Task
from apps.tasks.services.handovers import timeouts
from apps.tasks.services.handovers.timeouts import expire_due

from .conftest import MakeTask

pytestmark = pytest.mark.django_db


def overdue(make: MakeTask, actor: Actor, timeout: dict[str, object] | None, **body: object) -> Handover:
    task = make(reporter="user:ana", **body)
    due = timezone.now() - timedelta(seconds=1)
    request = {"to": "reporter", "fields": ["rows"], "due_at": due, "on_timeout": timeout}
    gone = Team.objects.create(slug="gone", title="Gone")
    handover = services.hand_over(actor, task.key, request)
    gone.delete()
    return handover


@pytest.mark.parametrize(
    ("timeout", "status", "state"),
    [
        ({"do": "submit", "action": "submit", "fields": {"rows": 5}}, "complete", "expired"),
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


def test_a_default_that_fits_no_more_gives_the_task_back(
    make: MakeTask, requester_actor: Actor, application_actor: Actor
) -> None:
    handover = overdue(make, application_actor, {"do": "submit", "action": "submit", "fields": {"rows": 5}})
    Handover.objects.update(on_timeout={"do": "submit", "action": "submit", "to": None, "fields": {"rows": -5}})
    expire_due()
    handover.refresh_from_db()
    assert (Task.objects.get(pk=handover.task_id).status, handover.state) == ("in_progress", "expired")


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
    then = {"do": "escalate", "to": "team:dba", "due_in": 3600, "on_timeout": {"do": "fail"}}
    handover = overdue(make, application_actor, then)
    lock_open, decided = timeouts.answer.lock_open, []

    def lock_late(*arguments: Any) -> Any:
        """This node has read the list; before it locks the row, another one decides."""
        monkeypatch.undo()
        decided.append(expire_due())
        return lock_open(*arguments)

    monkeypatch.setattr(timeouts.answer, "lock_open", lock_late)
    assert (expire_due(), decided) == (0, [1])
    handover.refresh_from_db()
    assert (handover.to, handover.on_timeout["do"]) == ("team:dba", "fail")  # type: ignore[index]
    assert Task.objects.get(pk=handover.task_id).status == "handed_over"


@pytest.mark.parametrize(
    ("timeout", "at"),
    [
        ({"do": "submit", "action": "nod"}, "/on_timeout/action"),
        ({"do": "escalate", "to": "team:none"}, "/on_timeout/to"),
        (
            {"do": "escalate", "to": "team:dba", "due_in": 5, "on_timeout": {"do": "submit", "action": "nod"}},
            "/on_timeout/on_timeout/action",
        ),
    ],
)
def test_an_end_that_could_not_come_is_refused(
    make: MakeTask, application_actor: Actor, timeout: dict[str, Any], at: str
) -> None:
    said = {"to": "team:dba", "fields": ["rows"], "due_at": timezone.now(), "on_timeout": timeout}
    with pytest.raises(Invalid) as refused:
        services.hand_over(application_actor, make().key, said)
    assert [problem.pointer for problem in refused.value.errors] == [at]
