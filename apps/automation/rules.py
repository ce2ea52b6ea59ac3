"""Rules: on an event of a task, when a condition holds, do actions.

A rule reads with the eyes of who wrote it, and never acts on a task that they do not see. Written by the owning
application it acts as this; written by a manager, as the system where people own the container, else as them.
"""

import re
from functools import partial
from typing import Any

from django.db import DataError, IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors.actor import SYSTEM, Actor
from apps.actors.models import SLUG, Application
from apps.actors.references import actor_of_application
from apps.containers import access as containers
from apps.containers.acts import Setting, find_action, read_actions, values_in
from apps.containers.expressions import read_condition, variables
from apps.containers.models import Container
from apps.containers.names import title_of
from apps.containers.secret_values import refused, secrets_for
from apps.containers.services.writing import lock_container
from apps.core import conditions
from apps.core.body import Body
from apps.core.conditions import ConditionError
from apps.core.errors import Conflict, Forbidden, Invalid, NotFound, Problem, TaskHubError
from apps.events import log, units, verbs
from apps.events.models import Event
from apps.events.units import caused_by, unit
from apps.tasks import access, queries
from apps.tasks.access import Standing
from apps.tasks.models import Privacy, Task
from apps.tasks.rendering import when

from . import context as contexts
from .actions import Work
from .actions.work import actor_of_reference
from .models import Rule, RuleRun
from .transitions import tell_failure

MOST_RULES = 100
KEPT = ("title", "on", "when", "actions", "enabled")
# A rule hears of tasks; of its own failures it does not.
EVENTS = sorted(name for name in verbs.ALL if name.startswith("task.") or name == verbs.RULE_EMITTED)


# --- Writing them -------------------------------------------------------------------------------------


def list_rules(actor: Actor, slug: str) -> QuerySet[Rule]:
    """The rules of a container, for its managers and application. Raises NotFound, Forbidden."""
    container = containers.get_container(actor, slug, "manage")
    containers.require_owner(actor, container)
    return Rule.objects.filter(container=container).select_related("container__application").order_by("name")


def get_rule(actor: Actor, slug: str, name: str) -> Rule:
    """One of them. Raises NotFound, Forbidden."""
    rule = list_rules(actor, slug).filter(name=name).first()
    if rule is None:
        raise NotFound(_("There is no such rule."))
    return rule


def put_rule(actor: Actor, slug: str, name: str, body: object) -> tuple[Rule, bool, bool]:
    """(rule, created, changed). Raises NotFound, Forbidden, Invalid naming every problem."""
    try:
        return _put(actor, slug, name, body)
    except IntegrityError:  # somebody else made it at this moment
        return _put(actor, slug, name, body)


@transaction.atomic
def _put(actor: Actor, slug: str, name: str, body: object) -> tuple[Rule, bool, bool]:
    rows = list_rules(actor, slug)
    container = lock_container(actor, slug, "manage")  # no field becomes a secret meanwhile
    columns = {**accept_rule(body, name=name, container=container), "author": str(actor)}
    rule = rows.select_for_update(of=("self",)).filter(name=name).first()
    if rule is None:
        if rows.count() >= MOST_RULES:
            raise Conflict(_("A container has at most %(most)s rules.") % {"most": MOST_RULES})
        rule = Rule.objects.create(container=container, name=name, **columns)
        _tell(actor, rule, "put")
        return rule, True, True
    _require_author(actor, rule)
    if all(getattr(rule, column) == columns[column] for column in KEPT):
        return rule, False, False
    Rule.objects.filter(pk=rule.pk).update(**columns, updated_at=timezone.now())
    _tell(actor, rule, "put")
    return get_rule(actor, slug, name), False, True


@transaction.atomic
def delete_rule(actor: Actor, slug: str, name: str) -> None:
    """Forget it and its runs. Raises NotFound, Forbidden."""
    rule = get_rule(actor, slug, name)
    _require_author(actor, rule)
    rule.delete()
    _tell(actor, rule, "delete")


def hold_rule(actor: Actor, slug: str, name: str) -> None:
    """Lock its row, if there is one, until the end of the transaction."""
    list(list_rules(actor, slug).filter(name=name).select_for_update(of=("self",)).values_list("pk"))


def _is_others(rule: Rule, actor: Actor) -> bool:
    """An application's rule is its own: a person who changed it would act with its rights."""
    return rule.author.startswith("application:") and rule.author != str(actor)


def _require_author(actor: Actor, rule: Rule) -> None:
    if _is_others(rule, actor):
        raise Forbidden(_("An application declares this rule."))


def _tell(actor: Actor, rule: Rule, did: str) -> None:
    container = rule.container
    log.record(
        type=verbs.RULE_CHANGED,
        actor=actor,
        container_id=container.pk,
        application_id=container.application_id,
        data={"did": did, "container": container.slug, "name": rule.name},
    )


def accept_rule(body: object, *, name: str, container: Container) -> dict[str, Any]:
    """The columns of a pushed rule, defaults written out. Raises Invalid naming every problem."""
    push = Body(body)
    if not re.fullmatch(SLUG, name.replace("_", "-")):
        push.wrong("name", _("Name it in lower-case letters, digits, hyphens and underscores, at most 63."))
    if push.take("name", name) != name:
        push.wrong("name", _("Must be the name in the address, or be left out."))
    known = variables(fields=None, event=True)
    columns = {
        "title": push.text("title", default=title_of(name)),
        "on": _read_events(push),
        "when": read_condition(push, "when", known),
        "actions": read_actions(push, Setting(container, known, None, by_itself=True)),
        "enabled": push.flag("enabled", default=True),
    }
    if not columns["actions"] and not push.problems:
        push.wrong("actions", _("Say what to do."))
    if not push.problems:
        push.problems += refused(values_in(columns["actions"]), partial(secrets_for, container))
    push.finish()
    return columns


def _read_events(push: Body) -> list[str]:
    given = push.value.get("on")
    names = [push.take("on")] if isinstance(given, str) else push.items("on", most=len(EVENTS) + 1)
    if not names:
        push.wrong("on", _("Name the events."))
    for index, name in enumerate(names):
        if name not in (*EVENTS, "task.*"):
            at = push.pointer("on") if isinstance(given, str) else f"{push.pointer('on')}/{index}"
            push.problems.append(Problem(at, "invalid", _("Must be one of: %s.") % ", ".join(["task.*", *EVENTS])))
    return [str(name) for name in names]


def render_rule(actor: Actor, rule: Rule) -> dict[str, Any]:
    """The rule as the API answers it, with its last runs on tasks that exist for the reader.

    What an application's rule reads and does may name fields that nobody else sees, and is told to it alone.
    """
    runs = rule.runs.filter(task_id__in=queries.tasks_for(actor).values("pk"))[:5]
    said = {column: getattr(rule, column) for column in KEPT}
    if _is_others(rule, actor):
        said |= {"when": None, "actions": []}
        runs = runs.none()
    return {
        "container": rule.container.slug,
        "name": rule.name,
        **said,
        "author": rule.author,
        "runs": [
            {"event": str(run.event_id), "task": str(run.task_id), "at": when(run.at), "did": run.did,
             "error": run.error}
            for run in runs
        ],
    }  # fmt: skip


# --- Running them -------------------------------------------------------------------------------------


def run_rules(event: Event) -> None:
    """EVENT_CONSUMERS: every enabled rule of the event's container that hears it, by name. Never raises for a rule."""
    if event.task_id is None or event.container_id is None or event.type not in EVENTS:
        return
    rules = Rule.objects.filter(container=event.container_id, enabled=True).select_related("container__application")
    for rule in rules.order_by("name"):
        if event.type in _heard(rule):
            _run_on(rule, event)


def _heard(rule: Rule) -> list[str]:
    """The types of events that the rule is about."""
    return [name for name in EVENTS if name in rule.on or ("task.*" in rule.on and name.startswith("task."))]


def _run_on(rule: Rule, event: Event) -> None:
    task = _task_of(event)
    writer = _author_of(rule)
    if task is None or writer is None or RuleRun.objects.filter(rule=rule, event_id=event.pk).exists():
        return
    actor = _acting(rule, writer, task)
    found = _matched(rule, writer, task, event) if actor else None
    if actor is None or found is None:
        return
    did: list[dict[str, Any]] = []
    error = None
    with caused_by(event.pk):
        try:
            with unit():
                if units.depth_of(event) >= units.DEEPEST:
                    raise Conflict(_("The rules follow each other without an end."))
                did = _do(rule, Work(actor, task.pk, found))
        except (TaskHubError, DataError, IntegrityError) as refused:
            did, error = [], refused.detail if isinstance(refused, TaskHubError) else _("It could not be stored.")
            _tell_failure(rule, actor, event, error)
    RuleRun.objects.create(rule=rule, event_id=event.pk, task_id=task.pk, did=did, error=error)


def _task_of(event: Event) -> Task | None:
    try:
        return access.get_task(SYSTEM, str(event.task_id))
    except NotFound:
        return None


def _tell_failure(rule: Rule, actor: Actor, event: Event, error: str) -> None:
    with unit():
        tell_failure(access.get_task(SYSTEM, str(event.task_id), lock=True), actor=actor, detail=error, rule=rule.name)


def _do(rule: Rule, work: Work) -> list[dict[str, Any]]:
    """What was done, action by action. Raises core.errors."""
    done = []
    for index, said in enumerate(rule.actions):
        try:
            done.append({"do": said["do"], **find_action(said["do"]).run(work, said)})
        except TaskHubError as error:
            words = {"number": index + 1, "do": said["do"], "why": error.detail}
            raise Conflict(_("Action %(number)s, “%(do)s”, cannot be done: %(why)s") % words) from error
    return done


def _author_of(rule: Rule) -> Actor | None:
    """Who wrote the rule, while they may still write rules there."""
    kind, _sep, name = rule.author.partition(":")
    writer: Actor | None = actor_of_reference(rule.author)
    if kind == "application":
        application = Application.objects.filter(name=name, active=True).first()
        writer = actor_of_application(application) if application else None
    return writer if writer and containers.can(writer, "manage", rule.container) else None


def _acting(rule: Rule, writer: Actor, task: Task) -> Actor | None:
    """As whom the rule acts on the task; None if it has no part in it."""
    if not access.can_see(writer, task):
        return None
    if rule.container.application_id is None:
        return SYSTEM if task.privacy == Privacy.INHERIT else None
    return writer


def _matched(rule: Rule, reader: Actor, task: Task, event: Event | None) -> contexts.Context | None:
    """What the actions may read, if the condition holds."""
    standing = Standing(reader, task)
    if event is not None and event.audience == Event.Audience.WORK and not standing.works_on_it:
        return None
    found = contexts.of_reader(standing, event=event)
    try:
        if rule.when is not None and not conditions.holds(rule.when, found):
            return None
    except ConditionError:
        return None
    return contexts.without_secrets(found, task)


# --- Trying one ---------------------------------------------------------------------------------------


class _Undone(Exception):
    """Ends a trial: nothing of it stays."""


def try_rule(actor: Actor, slug: str, name: str, body: object) -> dict[str, Any]:
    """What the rule would do to a task now, without doing it: `{matched, did, error}`. Raises as `put_rule` does."""
    push = Body(body)
    wanted = push.text("task", most=36)
    if wanted is None and not push.problems:
        push.wrong("task", _("Name a task of the container."))
    push.finish()
    rule = get_rule(actor, slug, name)
    _require_author(actor, rule)
    try:
        task = access.get_task(actor, wanted)
    except NotFound:
        raise Invalid.at("/task", _("There is no such task.")) from None
    if task.container_id != rule.container_id:
        raise Invalid.at("/task", _("There is no such task."))
    return _trial(rule, actor, task)


def _trial(rule: Rule, actor: Actor, task: Task) -> dict[str, Any]:
    """The rule is done in a transaction that is then undone, so it meets all that the real one would."""
    told = Event.objects.filter(task_id=task.pk, type__in=EVENTS).order_by("-sequence")
    event = told.filter(type__in=_heard(rule)).first() or told.first()
    acting = _acting(rule, actor, task)
    found = _matched(rule, actor, task, event) if acting else None
    answer: dict[str, Any] = {"matched": found is not None, "did": [], "error": None}
    if acting is None or found is None:
        return answer
    try:
        with unit():
            answer["did"] = _do(rule, Work(acting, task.pk, found))
            raise _Undone
    except _Undone:
        pass
    except TaskHubError as error:
        answer["error"] = error.detail
    return answer
