"""Reading the body of a published function."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.automation.push import accept as push_accept
from apps.automation.schedules import accept as schedules_accept
from apps.automation.secret_literals import values_of_function
from apps.containers.models import Container
from apps.containers.type_document.documents import FailoverDocument
from apps.containers.type_document.failover import FAILOVER, read_failover
from apps.containers.type_document.literals import Value
from apps.containers.type_document.secret_literals import refused, secrets_for, secrets_of_application
from apps.core.body import Body
from apps.core.errors import Problem
from apps.core.shapes import FreeObject, Object, Text, Whole

from . import breaker, callers
from .retry_policy import RETRY_POLICY, read_retry_policy

NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:-]{0,198}[A-Za-z0-9])?")
SHORTEST_LEASE, LONGEST_LEASE = 10, 3600
LONGEST_RUN = 366 * 24 * 3600
MOST_AT_ONCE = 100_000
FUNCTION = Object(
    {
        "name": Text(200, description="That of the address, or left out."),
        "description": Text(10_000, blank=True),
        **push_accept.TARGET,
        "time_limit": Whole(1, LONGEST_RUN, description="Seconds that one execution may take."),
        "lease_seconds": Whole(SHORTEST_LEASE, LONGEST_LEASE),
        "default_priority": Whole(),
        "max_concurrency": Whole(1, MOST_AT_ONCE, description="How many of its tasks may be leased at once."),
        "retry_policy": RETRY_POLICY,
        "failover": FAILOVER,
        "schedule": schedules_accept.SCHEDULE,
        "callers": callers.CALLERS,
        "breaker": breaker.BREAKER,
        "paused": FreeObject(description="What a read answers: taken, and changes nothing."),
    },
    name="FunctionBody",
    about="The name under which an application's code runs tasks.",
    drops_null=True,
)
COLUMNS = (
    "description", "mode", "url", "time_limit", "lease_seconds", "default_priority", "max_concurrency", "retry_policy",
    "failover", "schedule", "callers", "breaker",
)  # fmt: skip
"""The columns that publishing a function replaces."""


def accept_function(body: object, *, name: str, actor: Actor | None = None) -> dict[str, Any]:
    """The columns of a published function, defaults written out. Raises Invalid naming every problem.

    The tasks of a schedule are tried as the actor, without making one.
    """
    push = Body(body, FUNCTION)
    if not NAME.fullmatch(name):
        push.wrong("name", _("Letters, digits and inner . _ : - are allowed, at most 200."))
    if push.get("name", name) != name:
        push.wrong("name", _("Must be the name in the address, or be left out."))
    columns = {
        "description": push.get("description", ""),
        **push_accept.read_target(push),
        "time_limit": push.get("time_limit"),
        "lease_seconds": push.get("lease_seconds", 60),
        "default_priority": push.get("default_priority", 0),
        "max_concurrency": push.get("max_concurrency"),
        "retry_policy": read_retry_policy(push),
        "failover": _read_failover(push),
        "schedule": schedules_accept.read_schedule(push, name=name, actor=actor),
        "callers": callers.read_callers(push),
        "breaker": push.get("breaker"),
    }
    if actor is not None and not push.problems:
        push.problems += _exposed_secrets(actor, columns)
    push.finish()
    return columns


def _exposed_secrets(actor: Actor, columns: Mapping[str, Any]) -> Iterator[Problem]:
    """Values of secret fields that stand in the fail-over or the schedule; a function runs tasks of any type."""
    own = Container(application_id=actor.id)

    def secrets(value: Value) -> Collection[str]:
        return secrets_for(own, value) if value.elsewhere and value.container else secrets_of_application(actor.id)

    return refused(values_of_function(columns["failover"], columns["schedule"]), secrets)


def _read_failover(push: Body) -> FailoverDocument | None:
    body = push.inner("failover")
    return None if body is None else read_failover(body, declared=None)
