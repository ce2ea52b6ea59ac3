"""Trying a rule on a task: everything is done as it would be, and then undone."""

from typing import Any

from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.automation import access as automation_access
from apps.automation.actions import Work
from apps.automation.models import Rule
from apps.core.conditions import ConditionError
from apps.core.errors import Invalid, NotFound, TaskHubError
from apps.core.shapes import Object, Text
from apps.events.models import Event
from apps.events.unit_of_work import unit_of_work
from apps.tasks import access
from apps.tasks.limits import LONGEST_TASK_NAME
from apps.tasks.models import Task

from .queries import get_rule
from .run import acting_as, heard_events, match, run_actions
from .services import EVENTS

TRIAL = Object(
    {"task": Text(LONGEST_TASK_NAME, description="The id or key of a task of the container.")}, required=["task"],
    name="TrialBody", about="On which task.",
)  # fmt: skip


class _Undone(Exception):
    """Ends a trial: nothing of it stays."""


def try_rule(actor: Actor, slug: str, name: str, body: object) -> dict[str, object]:
    """What the rule would do to a task now, without doing it: `{matched, did, error}`. Raises as `put_rule` does."""
    wanted = TRIAL.require(body)["task"]
    rule = get_rule(actor, slug, name)
    automation_access.require_author(actor, rule)
    try:
        task = access.get_task(actor, wanted)
    except NotFound:
        raise Invalid.at("/task", _("There is no such task.")) from None
    if task.container_id != rule.container_id:
        raise Invalid.at("/task", _("There is no such task."))
    return _trial(rule, actor, task)


def _trial(rule: Rule, actor: Actor, task: Task) -> dict[str, object]:
    """The rule is done in a transaction that is then undone, so it meets all that the real one would."""
    events = Event.objects.filter(task_id=task.pk, type__in=EVENTS).order_by("-sequence")
    event = events.filter(type__in=heard_events(rule)).first() or events.first()
    acting = acting_as(rule, actor, task)
    try:
        context = match(rule, actor, task, event) if acting else None
    except ConditionError as error:
        return {"matched": False, "did": [], "error": error.detail}
    answer: dict[str, Any] = {"matched": context is not None, "did": [], "error": None}
    if acting is None or context is None:
        return answer
    try:
        with unit_of_work():
            answer["did"] = run_actions(rule, Work(acting, task.pk, context))
            raise _Undone
    except _Undone:
        pass
    except TaskHubError as error:
        answer["error"] = error.detail
    return answer
