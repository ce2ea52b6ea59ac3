"""Functions: every write of them, and what tasks read of them. They are their application's alone."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.actors.models import Application
from apps.containers.failover import read_failover
from apps.containers.models import Container
from apps.containers.said_values import Value
from apps.containers.secret_values import refused, secrets_for, secrets_of_application
from apps.core import retry
from apps.core.body import Body
from apps.core.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from apps.core.prepared import Prepared
from apps.events import log, verbs
from apps.tasks.lifecycle import LIVE

from . import callers, schedules
from .models import Function
from .push import accept, secrets
from .saying import values_of_function

NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:-]{0,198}[A-Za-z0-9])?")
SHORTEST_LEASE, LONGEST_LEASE = 10, 3600
LONGEST_RUN = 366 * 24 * 3600
MOST_AT_ONCE = 100_000
LARGEST_PRIORITY = 2**53 - 1
KEPT = (
    "description", "mode", "url", "time_limit", "lease_seconds", "default_priority", "max_concurrency", "retry_policy",
    "failover", "schedule", "callers",
)  # fmt: skip
"""The columns that a push replaces."""


def put_function(actor: Actor, name: str, body: object) -> tuple[Function, bool, bool]:
    """(function, created, changed): creates or replaces it; `new_secret` of it is a secret that was made for it now.

    Raises Forbidden, Invalid naming every problem.
    """
    require_application(actor)
    columns = accept_function(body, name=name, actor=actor)
    try:
        return _put(actor, name, columns)
    except IntegrityError:  # somebody else made it at this moment
        return _put(actor, name, columns)


@transaction.atomic
def _put(actor: Actor, name: str, columns: dict[str, Any]) -> tuple[Function, bool, bool]:
    hold_functions(actor)
    mine = Function.objects.filter(application=actor.id, name=name)
    function = mine.select_for_update().first()  # a reseal holds rows
    sealed, made = secrets.replaced(function, columns["mode"], columns["secret"])
    columns = {**{column: columns[column] for column in KEPT}, **sealed}
    if function is None:
        function = Function.objects.create(application_id=actor.id, name=name, **columns)
        function.new_secret = made
        schedules.arrange(function, None)
        if function.callers:
            callers.admit(actor.id)
        _tell(actor, function, "created")
        return function, True, True
    if all(getattr(function, column) == columns[column] for column in columns):
        return function, False, False
    function.new_secret, before, called_by = made, function.schedule, function.callers
    columns["updated_at"] = timezone.now()
    mine.update(**columns)
    for column, value in columns.items():
        setattr(function, column, value)
    schedules.arrange(function, before)
    if function.callers != called_by:
        callers.admit(actor.id)
    _tell(actor, function, "changed")
    return function, False, True


def get_function(actor: Actor, name: str, *, lock: bool = False) -> Function:
    """The application's function of that name; `lock` holds its row. Raises NotFound, Forbidden (a person asks)."""
    rows = list_functions(actor).filter(name=name)
    rows = rows.select_for_update(of=("self",)) if lock else rows
    found = rows.first() if "\0" not in name else None
    if found is None:
        raise NotFound(_("There is no such function."))
    return found


def hold_functions(actor: Actor) -> None:
    """Until the end of the transaction nobody else changes what this application declares.

    One lock for all of them: who may call is read from all functions together.
    """
    list(Application.objects.filter(pk=actor.id).select_for_update(no_key=True).values_list("pk"))


def list_functions(actor: Actor) -> QuerySet[Function]:
    """The application's functions by name. Raises Forbidden when a person asks."""
    require_application(actor)
    return Function.objects.filter(application=actor.id).select_related("application", "clock").order_by("name")


@transaction.atomic
def rotate_secret(actor: Actor, name: str, body: object) -> Function:
    """Sign with another secret from now on, and for a day with the one before as well; `new_secret` of it if made.

    Raises NotFound, Forbidden, Invalid; Conflict for a function that is not called.
    """
    given = accept.read_rotation(body)
    hold_functions(actor)
    function = get_function(actor, name, lock=True)
    if function.mode != Function.Mode.PUSH:
        raise Conflict(_("Only push functions have a secret."))
    sealed, function.new_secret = secrets.rotated(function, given)
    for column, value in sealed.items():
        setattr(function, column, value)
    function.updated_at = timezone.now()
    function.save(update_fields=[*sealed, "updated_at"])
    _tell(actor, function, "secret rotated")
    return function


@transaction.atomic
def delete_function(actor: Actor, name: str) -> None:
    """Forget it. Raises NotFound; Conflict while tasks that have not ended name it."""
    hold_functions(actor)
    function = get_function(actor, name)
    if function.application.tasks.filter(function=name, status__in=LIVE).exists():
        raise Conflict(_("Tasks that have not ended need this function."))
    function.delete()
    if function.callers:
        callers.admit(actor.id)
    _tell(actor, function, "deleted")


def function_defaults(application_id: UUID, name: str) -> tuple[int, dict[str, Any] | None]:
    """(default priority, fail-over target) for a task that is being made. Raises Invalid if the name cannot be one.

    A function that was not pushed before its first task is declared by it, with every default: workers can claim
    it, and it shows among the functions.
    """
    found = _NAMED.first(application_id, name) if "\0" not in name else None
    if found is None:
        if not NAME.fullmatch(name):
            raise Invalid.at("/function", _("Letters, digits and inner . _ : - are allowed, at most 200."))
        columns = accept_function({}, name=name)
        Function.objects.get_or_create(application_id=application_id, name=name, defaults=columns)
        return columns["default_priority"], None
    return found.default_priority, found.failover


def _named(application_id: UUID, name: str) -> QuerySet[Function]:
    return Function.objects.filter(application=application_id, name=name).order_by()


_NAMED = Prepared(_named)


def render_function(function: Function) -> dict[str, Any]:
    """The function as the API answers it."""
    said = {column: getattr(function, column) for column in KEPT}
    return {"name": function.name, **said, "schedule": schedules.render(function)}


def require_application(actor: Actor) -> None:
    """Raises Forbidden for people: functions and the queue are for applications."""
    if not actor.is_application:
        raise Forbidden(_("Only applications can do this."))


def _tell(actor: Actor, function: Function, did: str) -> None:
    log.record(
        type=verbs.FUNCTION_CHANGED,
        actor=actor,
        application_id=function.application_id,
        data={"did": did, "name": function.name},
    )


# --- What is pushed --------------------------------------------------------------------------------


def accept_function(body: object, *, name: str, actor: Actor | None = None) -> dict[str, Any]:
    """The columns of a pushed function, defaults written out. Raises Invalid naming every problem.

    The tasks of a schedule are tried as the actor, without making one.
    """
    push = Body(body)
    if not NAME.fullmatch(name):
        push.wrong("name", _("Letters, digits and inner . _ : - are allowed, at most 200."))
    if push.take("name", name) != name:
        push.wrong("name", _("Must be the name in the address, or be left out."))
    columns = {
        "description": push.text("description", default="", most=10_000, blank=True),
        **accept.read_target(push),
        "time_limit": push.whole("time_limit", least=1, most=LONGEST_RUN),
        "lease_seconds": push.whole("lease_seconds", least=SHORTEST_LEASE, most=LONGEST_LEASE, default=60),
        "default_priority": push.whole("default_priority", least=-LARGEST_PRIORITY, most=LARGEST_PRIORITY, default=0),
        "max_concurrency": push.whole("max_concurrency", least=1, most=MOST_AT_ONCE),
        "retry_policy": _read_policy(push),
        "failover": _read_failover(push),
        "schedule": schedules.read_schedule(push, name=name, actor=actor),
        "callers": callers.read_callers(push),
    }
    if actor is not None and not push.problems:
        push.problems += _told_secrets(actor, columns)
    push.finish()
    return columns


def _told_secrets(actor: Actor, columns: Mapping[str, Any]) -> Iterator[Problem]:
    """Values of secret fields that the fail-over or the schedule says; a function runs tasks of any type."""
    own = Container(application_id=actor.id)

    def secrets(value: Value) -> Collection[str]:
        return secrets_for(own, value) if value.elsewhere and value.container else secrets_of_application(actor.id)

    return refused(values_of_function(columns["failover"], columns["schedule"]), secrets)


def _read_policy(push: Body) -> dict[str, Any]:
    """The policy with its defaults; `delays` and `backoff` exclude each other."""
    given = push.take("retry_policy", {})
    problems = retry.validate_policy(given)
    push.problems += [problem.under(push.pointer("retry_policy")) for problem in problems]
    if problems:
        return {}
    policy = {**retry.DEFAULTS, **{key: value for key, value in given.items() if value is not None}}
    if "backoff" in policy:
        del policy["delays"]
        policy["backoff"] = {**retry.BACKOFF_DEFAULTS, **policy["backoff"]}
    return policy


def _read_failover(push: Body) -> dict[str, Any] | None:
    body = push.inner("failover")
    return None if body is None else read_failover(body, declared=None)
