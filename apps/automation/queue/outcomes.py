"""What workers report of a leased task: complete, fail, release, cancel confirmed.

Each names the lease; the first outcome of a lease counts, the same one again is answered as it was, another one is
refused. Without values and notes a batch of completions is written together.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.core.codes import Code
from apps.core.errors import Conflict, NotFound
from apps.core.shapes import Anything, FreeObject, Text, Timestamp
from apps.events.unit_of_work import unit_of_work
from apps.tasks import access, bodies
from apps.tasks.access import HIDDEN, FieldAccess, TaskPermissions
from apps.tasks.limits import LONGEST_TEXT
from apps.tasks.models import Task
from apps.tasks.services import notes, outcome, writing

from . import failure, portable, postgresql
from .requests import Item, Result, attempt, batch, digest_of, done

NOTE = Text(LONGEST_TEXT)
COMPLETIONS = batch("results", "Completions", fields=FreeObject(), result=Anything(), note=NOTE)
FAILURES = batch("failures", "Failures", "error", error=bodies.ERROR, note=NOTE)
RELEASES = batch("leases", "Releases", start_at=Timestamp())
CONFIRMATIONS = batch("leases", "Confirmations", note=NOTE)

# --- Complete ---------------------------------------------------------------------------------------


def complete(actor: Actor, body: object) -> list[Result]:
    """api.md: POST /queue/complete."""
    items = COMPLETIONS.read(body)
    results = {item.index: attempt(item, _read_completion) for item in items}
    readable = [item for item in items if results[item.index]["ok"]]
    ended = _complete_quickly(actor, readable)
    for item in readable:
        if item.index in ended:
            results[item.index] = done(item, result=item.values["result"])
        else:
            results[item.index] = attempt(item, lambda item: _complete_one(actor, item))
    return [results[item.index] for item in items]


def _read_completion(item: Item) -> Result:
    item.finish()
    given = item.body.value
    item.values = {"fields": given.get("fields") or None, "result": given.get("result"), "note": given.get("note")}
    return done(item)


def _complete_quickly(actor: Actor, items: Sequence[Item]) -> set[int]:
    """Complete what says nothing but a result, all together; answers the indexes of those that were."""
    quick: dict[object, Item] = {}
    for item in items:
        if item.task and not item.values["fields"] and not item.values["note"]:
            quick.setdefault(item.task, item)
    if not quick:
        return set()
    digests = {item.index: _digest("complete", item) for item in quick.values()}
    database = postgresql if postgresql.is_possible() else portable
    ended = database.complete(actor, list(quick.values()), digests)
    return {item.index for item in quick.values() if item.task in ended}


@unit_of_work()
def _complete_one(actor: Actor, item: Item) -> Result:
    permissions = _lock(actor, item)
    if _repeated(permissions.task, item, "complete"):
        return done(item, result=permissions.task.result)
    fields = item.values["fields"] or {}
    access.require_levels(_levels_under_lease(permissions), fields)
    outcome.finish(
        permissions,
        fields=fields,
        result=item.values["result"],
        note=item.values["note"],
        **_outcome(item, "complete"),
    )
    return done(item, result=item.values["result"])


def _levels_under_lease(permissions: TaskPermissions) -> dict[str, FieldAccess]:
    """What the holder of the lease may write: what the application may, as if nobody held the task."""
    spec, stage = permissions.spec, permissions.task.stage

    def level(name: str) -> FieldAccess:
        if permissions.audiences & spec.writers(name, stage, peoples=permissions.task.container.is_peoples):
            return FieldAccess("write")
        shown = permissions.audiences & spec.readers(name)
        return FieldAccess("read", _("The application does not write this field.")) if shown else HIDDEN

    return {name: level(name) for name in spec.fields}


# --- Fail -------------------------------------------------------------------------------------------


def fail(actor: Actor, body: object) -> list[Result]:
    """api.md: POST /queue/fail. Each answer has the `decision`."""
    return _each(actor, FAILURES.read(body), _read_failure, _fail_one)


def _read_failure(item: Item) -> dict[str, object]:
    error = {"type": None, "message": "", "recoverable": True, "details": None, "retry_after_seconds": None}
    return {"error": {**error, **item.body.value["error"]}, "note": item.body.get("note")}


@unit_of_work()
def _fail_one(actor: Actor, item: Item) -> Result:
    permissions = _lock(actor, item)
    repeated = _repeated(permissions.task, item, *(f"fail {decision}" for decision in failure.DECISIONS))
    if repeated:
        return _failed(permissions.task, item, repeated.removeprefix("fail "))
    if item.values["note"]:
        notes.write(permissions, text=item.values["note"], kind="work_note")
    decision = failure.end(
        permissions, item.values["error"], stored=lambda decision: _outcome(item, f"fail {decision}")
    )
    return _failed(permissions.task, item, decision)


def _failed(task: Task, item: Item, decision: str) -> Result:
    successor = str(task.retried_by_task_id) if decision == "retried" and task.retried_by_task_id else None
    return done(item, decision=decision, retried_by_task_id=successor)


# --- Release and cancel -----------------------------------------------------------------------------


def release(actor: Actor, body: object) -> list[Result]:
    """api.md: POST /queue/release. The task is claimable again, at once or from `start_at` on."""
    return _each(actor, RELEASES.read(body), lambda item: {"start_at": item.body.get("start_at")}, _release_one)


@unit_of_work()
def _release_one(actor: Actor, item: Item) -> Result:
    permissions = _lock(actor, item)
    if not _repeated(permissions.task, item, "release"):
        outcome = _outcome(item, "release")
        if (
            permissions.task.cancel_requested
        ):  # who gives it back has stopped; in the queue again, the cancel would be lost
            writing.move(permissions.task, "confirm_cancel", actor=actor, **outcome)
        else:
            start_at = item.values["start_at"] or permissions.task.start_at
            writing.move(permissions.task, "release", actor=actor, start_at=start_at, **outcome)
    return done(item)


def confirm_cancel(actor: Actor, body: object) -> list[Result]:
    """api.md: POST /queue/confirm-cancel. Only what was asked to stop can be confirmed."""
    return _each(actor, CONFIRMATIONS.read(body), lambda item: {"note": item.body.get("note")}, _confirm_one)


@unit_of_work()
def _confirm_one(actor: Actor, item: Item) -> Result:
    permissions = _lock(actor, item)
    if _repeated(permissions.task, item, "confirm_cancel"):
        return done(item)
    if not permissions.task.cancel_requested:
        raise Conflict(_("Nobody asked to cancel the task."))
    if item.values["note"]:
        notes.write(permissions, text=item.values["note"], kind="work_note")
    writing.move(permissions.task, "confirm_cancel", actor=actor, **_outcome(item, "confirm_cancel"))
    return done(item)


# --- What all have in common ------------------------------------------------------------------------


def _each(
    actor: Actor, items: list[Item], read: Callable[[Item], dict[str, Any]], act: Callable[[Actor, Item], Result]
) -> list[Result]:
    def one(item: Item) -> Result:
        item.finish()
        item.values = read(item)
        return act(actor, item)

    return [attempt(item, one) for item in items]


def _lock(actor: Actor, item: Item) -> TaskPermissions:
    """The application before its task. Raises NotFound for what is hidden, foreign or absent."""
    if item.task is None:
        raise NotFound(_("There is no such task."))
    permissions = writing.lock(actor, str(item.task), attempt=True)
    if permissions.task.application_id != actor.id:
        raise NotFound(_("There is no such task."))
    return permissions


def _repeated(task: Task, item: Item, *outcomes: str) -> str | None:
    """None while the lease is current; else which of the outcomes is stored as that of this lease already.

    Raises Conflict `lease_superseded` if it is none of them.
    """
    if bytes(task.lease_token or b"") == item.token_hash:
        return None
    if bytes(task.outcome_token or b"") != item.token_hash:
        raise Conflict(_("The lease has been superseded: the task is no longer yours."), code=Code.LEASE_SUPERSEDED)
    for what in outcomes:
        if bytes(task.outcome_digest or b"") == _digest(what, item):
            return what
    raise Conflict(_("This lease has ended with another outcome."), code=Code.LEASE_SUPERSEDED)


def _outcome(item: Item, what: str) -> Mapping[str, Any]:
    """The columns by which the same outcome is known when it comes again."""
    return {"outcome_token": item.token_hash, "outcome_digest": _digest(what, item)}


def _digest(what: str, item: Item) -> bytes:
    values = {name: str(value) if isinstance(value, datetime) else value for name, value in item.values.items()}
    return digest_of([what, values])
