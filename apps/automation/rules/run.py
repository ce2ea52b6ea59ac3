"""Running rules on committed events.

A rule reads with the eyes of its author, and never acts on a task that the author does not see. A rule of the owning
application acts as that application. A rule of a manager acts as the system where people own the container, else as
the manager.
"""

from uuid import UUID

from django.db import DataError, IntegrityError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.actors.actor import SYSTEM, Actor
from apps.actors.references import find_actor
from apps.automation import expression_context as contexts
from apps.automation.actions import Work
from apps.automation.models import Rule, RuleRun
from apps.automation.transitions import record_failure
from apps.containers import access as containers
from apps.containers.type_document.actions import find_action
from apps.core import conditions
from apps.core.conditions import ConditionError
from apps.core.errors import Conflict, NotFound, TaskHubError
from apps.core.sql.prepared import Prepared
from apps.events.models import Event
from apps.events.unit_of_work import DEEPEST, caused_by, depth_of, unit_of_work
from apps.tasks import access
from apps.tasks.access import TaskPermissions
from apps.tasks.models import Privacy, Task

from .services import EVENTS


def run_rules(event: Event) -> None:
    """EVENT_CONSUMERS: every enabled rule of the event's container that hears it, by name. Never raises for a rule."""
    if event.task_id is None or event.container_id is None or event.type not in EVENTS:
        return
    for rule in _ENABLED.rows(event.container_id):
        if event.type in heard_events(rule):
            _run_on(rule, event)


def _enabled(container: UUID) -> QuerySet[Rule]:
    rules = Rule.objects.filter(container=container, enabled=True)
    return rules.select_related("container__application").order_by("name")


_ENABLED = Prepared(_enabled)


def heard_events(rule: Rule) -> list[str]:
    """The types of events that the rule is about."""
    return [name for name in EVENTS if name in rule.on or ("task.*" in rule.on and name.startswith("task."))]


def _run_on(rule: Rule, event: Event) -> None:
    task = _task_of(event)
    writer = _author_of(rule)
    if task is None or writer is None or RuleRun.objects.filter(rule=rule, event_id=event.pk).exists():
        return
    actor = acting_as(rule, writer, task)
    if actor is None:
        return
    try:
        context = match(rule, writer, task, event)
    except ConditionError as wrong:
        if not wrong.is_absence:
            _record_error(rule, actor, task, event, _("The condition cannot be evaluated: %s") % wrong.detail)
        return
    if context is None:
        return
    did: list[dict[str, object]] = []
    error = None
    with caused_by(event.pk):
        try:
            with unit_of_work():
                if depth_of(event) >= DEEPEST:
                    raise Conflict(_("The rules follow each other without an end."))
                did = run_actions(rule, Work(actor, task.pk, context))
        except (TaskHubError, DataError, IntegrityError) as refused:
            did, error = [], refused.detail if isinstance(refused, TaskHubError) else _("It could not be stored.")
            _record_failure(rule, actor, event, error)
    RuleRun.objects.create(rule=rule, event_id=event.pk, task_id=task.pk, did=did, error=error)


def _task_of(event: Event) -> Task | None:
    try:
        return access.get_task(SYSTEM, str(event.task_id))
    except NotFound:
        return None


def _record_error(rule: Rule, actor: Actor, task: Task, event: Event, error: str) -> None:
    """The run of the rule with its error, where its readers look for it, and the event."""
    with caused_by(event.pk), unit_of_work():
        _record_failure(rule, actor, event, error)
        RuleRun.objects.create(rule=rule, event_id=event.pk, task_id=task.pk, did=[], error=error)


def _record_failure(rule: Rule, actor: Actor, event: Event, error: str) -> None:
    with unit_of_work():
        record_failure(
            access.get_task(SYSTEM, str(event.task_id), lock=True), actor=actor, detail=error, rule=rule.name
        )


def run_actions(rule: Rule, work: Work) -> list[dict[str, object]]:
    """What was done, action by action. Raises core.errors."""
    done = []
    for index, action in enumerate(rule.actions):
        try:
            done.append({"do": action["do"], **find_action(action["do"]).run(work, action)})
        except TaskHubError as error:
            words = {"number": index + 1, "do": action["do"], "why": error.detail}
            raise Conflict(_("Action %(number)s, “%(do)s”, cannot be done: %(why)s") % words) from error
    return done


def _author_of(rule: Rule) -> Actor | None:
    """Who wrote the rule, while they may still write rules there."""
    writer = find_actor(rule.author)
    return writer if writer and containers.can(writer, "manage", rule.container) else None


def acting_as(rule: Rule, writer: Actor, task: Task) -> Actor | None:
    """As whom the rule acts on the task; None if it has no part in it."""
    if not access.can_see(writer, task):
        return None
    if rule.container.application_id is None:
        return SYSTEM if task.privacy == Privacy.INHERIT else None
    return writer


def match(rule: Rule, reader: Actor, task: Task, event: Event | None) -> contexts.Context | None:
    """What the actions may read, if the condition holds. Raises ConditionError if it cannot be evaluated."""
    permissions = TaskPermissions(reader, task)
    if event is not None and event.audience == Event.Audience.WORK and not permissions.works_on_it:
        return None
    context = contexts.of_reader(permissions, event=event)
    if rule.when is not None and not conditions.holds(rule.when, context):
        return None
    return contexts.without_secrets(context, task)
