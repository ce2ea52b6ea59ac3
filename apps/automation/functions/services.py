"""Publishing and deleting functions. They are their application's alone."""

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.actors.models import Application
from apps.automation.access import require_application
from apps.automation.models import Function
from apps.automation.push import accept, signing_secrets
from apps.automation.schedules import accept as schedules_accept
from apps.containers.type_document.documents import FailoverDocument
from apps.core.errors import Conflict, Invalid
from apps.core.sql.prepared import Prepared
from apps.events import event_types, log
from apps.tasks.lifecycle import LIVE

from . import callers
from .accept import COLUMNS, NAME, accept_function
from .queries import get_function


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
    sealed, made = signing_secrets.replaced(function, columns["mode"], columns["secret"])
    columns = {**{column: columns[column] for column in COLUMNS}, **sealed}
    if function is None:
        function = Function.objects.create(application_id=actor.id, name=name, **columns)
        function.new_secret = made
        schedules_accept.arrange(function, None)
        if function.callers:
            callers.admit(actor.id)
        _record(actor, function, "created")
        return function, True, True
    if all(getattr(function, column) == columns[column] for column in columns):
        return function, False, False
    function.new_secret, before, called_by = made, function.schedule, function.callers
    columns["updated_at"] = timezone.now()
    mine.update(**columns)
    for column, value in columns.items():
        setattr(function, column, value)
    schedules_accept.arrange(function, before)
    if function.callers != called_by:
        callers.admit(actor.id)
    _record(actor, function, "changed")
    return function, False, True


def hold_functions(actor: Actor) -> None:
    """Until the end of the transaction nobody else changes what this application declares.

    One lock for all of them: who may call is read from all functions together.
    """
    list(Application.objects.filter(pk=actor.id).select_for_update(no_key=True).values_list("pk"))


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
    sealed, function.new_secret = signing_secrets.rotated(function, given)
    for column, value in sealed.items():
        setattr(function, column, value)
    function.updated_at = timezone.now()
    function.save(update_fields=[*sealed, "updated_at"])
    _record(actor, function, "secret_rotated")
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
    _record(actor, function, "deleted")


def function_defaults(application_id: UUID, name: str) -> tuple[int, FailoverDocument | None]:
    """(default priority, fail-over target) for a task that is being made. Raises Invalid if the name cannot be one.

    A function that was not pushed before its first task is declared by it, with every default: workers can claim
    it, and it shows among the functions.
    """
    function = _NAMED.first(application_id, name) if "\0" not in name else None
    if function is None:
        if not NAME.fullmatch(name):
            raise Invalid.at("/function", _("Letters, digits and inner . _ : - are allowed, at most 200."))
        columns = accept_function({}, name=name)
        Function.objects.get_or_create(application_id=application_id, name=name, defaults=columns)
        return columns["default_priority"], None
    return function.default_priority, function.failover


def _named(application_id: UUID, name: str) -> QuerySet[Function]:
    return Function.objects.filter(application=application_id, name=name).order_by()


_NAMED = Prepared(_named)


def _record(actor: Actor, function: Function, did: str) -> None:
    log.record(
        type=event_types.FUNCTION_CHANGED,
        actor=actor,
        application_id=function.application_id,
        data={"did": did, "name": function.name},
    )
