"""What workers report of a leased task: complete, fail, release, cancel confirmed.

Each names the lease; the first outcome of a lease counts, the same one again is answered as it was, another one is
refused (domain: lease). Without values and notes a batch of completions is one statement on PostgreSQL.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.core.body import Body
from apps.core.errors import Conflict, NotFound
from apps.core.moments import parse_moment
from apps.events.units import unit
from apps.tasks.access import HIDDEN, FieldAccess, Standing
from apps.tasks.models import Task
from apps.tasks.services import notes, outcome, values, writing

from . import failing, fast
from .bodies import Item, digest_of, read_items, read_number
from .results import Result, attempt, done

LONGEST_TEXT = 10_000
LONGEST_NOTE = notes.MAX_LENGTH


# --- Complete ---------------------------------------------------------------------------------------


def complete(actor: Actor, body: object) -> list[Result]:
    """api.md: POST /queue/complete."""
    items = read_items(body, "results")
    results = {item.index: attempt(item, _read_completion) for item in items}
    readable = [item for item in items if results[item.index]["ok"]]
    ended = _complete_quickly(actor, readable)
    for item in readable:
        if item.index in ended:
            results[item.index] = done(item, result=item.said["result"])
        else:
            results[item.index] = attempt(item, lambda item: _complete_one(actor, item))
    return [results[item.index] for item in items]


def _read_completion(item: Item) -> Result:
    body = item.body
    fields = body.inner("fields")
    item.said["fields"] = (fields and fields.value) or None
    item.said["result"] = body.take("result")
    item.said["note"] = _read_note(body)
    item.finish()
    return done(item)


def _read_note(body: Body) -> str | None:
    note: str | None = body.text("note", most=LONGEST_NOTE)
    return note


def _complete_quickly(actor: Actor, items: Sequence[Item]) -> set[int]:
    """Complete what says nothing but a result, in one statement; answers the indexes of those that were."""
    quick: dict[Any, Item] = {}
    for item in items:
        if item.task and not item.said["fields"] and not item.said["note"]:
            quick.setdefault(item.task, item)
    if not quick or not fast.is_possible():
        return set()
    digests = {item.index: _digest("complete", item) for item in quick.values()}
    ended = fast.complete(actor, list(quick.values()), digests)
    return {item.index for item in quick.values() if item.task in ended}


@unit()
def _complete_one(actor: Actor, item: Item) -> Result:
    standing = _lock(actor, item)
    if _repeated(standing.task, item, "complete"):
        return done(item, result=standing.task.result)
    fields = item.said["fields"] or {}
    values.require_levels(_levels_under_lease(standing), fields)
    outcome.finish(
        standing,
        fields=fields,
        result=item.said["result"],
        note=item.said["note"],
        **_outcome(item, "complete"),
    )
    return done(item, result=item.said["result"])


def _levels_under_lease(standing: Standing) -> dict[str, FieldAccess]:
    """What the holder of the lease may write: what the application may, as if nobody held the task."""
    spec, stage = standing.spec, standing.task.stage

    def level(name: str) -> FieldAccess:
        if standing.audiences & spec.writers(name, stage, peoples=standing.task.container.is_peoples):
            return FieldAccess("write")
        shown = standing.audiences & spec.readers(name)
        return FieldAccess("read", _("The application does not write this field.")) if shown else HIDDEN

    return {name: level(name) for name in spec.fields}


# --- Fail -------------------------------------------------------------------------------------------


def fail(actor: Actor, body: object) -> list[Result]:
    """api.md: POST /queue/fail. Each answer has the `decision`."""
    return _each(actor, read_items(body, "failures"), _read_failure, _fail_one)


def _read_failure(item: Item) -> None:
    error = item.body.inner("error")
    if error is None:
        item.body.wrong("error", _("Say the error."))
    else:
        item.said["error"] = read_error(error)
    item.said["note"] = _read_note(item.body)


def read_error(body: Body) -> dict[str, Any]:
    """An error in full form; problems are noted in the body."""
    error = {
        "name": body.text("name"),
        "type": body.text("type", blank=True),
        "message": body.text("message", default="", most=LONGEST_TEXT, blank=True),
        "recoverable": body.flag("recoverable", default=True),
        "details": body.take("details"),
        "retry_after_seconds": read_number(body, "retry_after_seconds", least=0, most=2**53 - 1),
    }
    if not body.has("name"):
        body.wrong("name", _("An error has a name."))
    body.refuse_unknown()
    return error


@unit()
def _fail_one(actor: Actor, item: Item) -> Result:
    standing = _lock(actor, item)
    repeated = _repeated(standing.task, item, *(f"fail {decision}" for decision in failing.DECISIONS))
    if repeated:
        return _failed(standing.task, item, repeated.removeprefix("fail "))
    if item.said["note"]:
        notes.write(standing, text=item.said["note"], kind="work_note")
    decision = failing.end(standing, item.said["error"], stored=lambda decision: _outcome(item, f"fail {decision}"))
    return _failed(standing.task, item, decision)


def _failed(task: Task, item: Item, decision: str) -> Result:
    successor = str(task.retried_by_task_id) if decision == "retried" and task.retried_by_task_id else None
    return done(item, decision=decision, retried_by_task_id=successor)


# --- Release and cancel -----------------------------------------------------------------------------


def release(actor: Actor, body: object) -> list[Result]:
    """api.md: POST /queue/release. The task is claimable again, at once or from `start_at` on."""
    return _each(actor, read_items(body, "leases"), _read_release, _release_one)


def _read_release(item: Item) -> None:
    said = item.body.text("start_at")
    moment = parse_moment(said)
    if said is not None and moment is None:
        item.body.wrong("start_at", _("Must be a time with its zone, as in 2030-01-31T12:00:00Z."))
    item.said["start_at"] = moment


@unit()
def _release_one(actor: Actor, item: Item) -> Result:
    standing = _lock(actor, item)
    if not _repeated(standing.task, item, "release"):
        outcome = _outcome(item, "release")
        if (
            standing.task.cancel_requested
        ):  # who gives it back has stopped; in the queue again, the cancel would be lost
            writing.move(standing.task, "confirm_cancel", actor=actor, **outcome)
        else:
            start_at = item.said["start_at"] or standing.task.start_at
            writing.move(standing.task, "release", actor=actor, start_at=start_at, **outcome)
    return done(item)


def confirm_cancel(actor: Actor, body: object) -> list[Result]:
    """api.md: POST /queue/confirm-cancel. Only what was asked to stop can be confirmed."""
    return _each(actor, read_items(body, "leases"), _read_confirmation, _confirm_one)


def _read_confirmation(item: Item) -> None:
    item.said["note"] = _read_note(item.body)


@unit()
def _confirm_one(actor: Actor, item: Item) -> Result:
    standing = _lock(actor, item)
    if _repeated(standing.task, item, "confirm_cancel"):
        return done(item)
    if not standing.task.cancel_requested:
        raise Conflict(_("Nobody asked to cancel the task."))
    if item.said["note"]:
        notes.write(standing, text=item.said["note"], kind="work_note")
    writing.move(standing.task, "confirm_cancel", actor=actor, **_outcome(item, "confirm_cancel"))
    return done(item)


# --- What all have in common ------------------------------------------------------------------------


def _each(
    actor: Actor, items: list[Item], read: Callable[[Item], None], act: Callable[[Actor, Item], Result]
) -> list[Result]:
    def one(item: Item) -> Result:
        read(item)
        item.finish()
        return act(actor, item)

    return [attempt(item, one) for item in items]


def _lock(actor: Actor, item: Item) -> Standing:
    """The application before its task. Raises NotFound for what is hidden, foreign or absent."""
    if item.task is None:
        raise NotFound(_("There is no such task."))
    standing = writing.lock(actor, str(item.task))
    if standing.task.application_id != actor.id:
        raise NotFound(_("There is no such task."))
    return standing


def _repeated(task: Task, item: Item, *outcomes: str) -> str | None:
    """None while the lease is current; else which of the outcomes is stored as that of this lease already.

    Raises Conflict `lease_superseded` if it is none of them.
    """
    if bytes(task.lease_token or b"") == item.token_hash:
        return None
    if bytes(task.outcome_token or b"") != item.token_hash:
        raise Conflict(_("The lease has been superseded: the task is no longer yours."), code="lease_superseded")
    for what in outcomes:
        if bytes(task.outcome_digest or b"") == _digest(what, item):
            return what
    raise Conflict(_("This lease has ended with another outcome."), code="lease_superseded")


def _outcome(item: Item, what: str) -> Mapping[str, Any]:
    """The columns by which the same outcome is known when it comes again."""
    return {"outcome_token": item.token_hash, "outcome_digest": _digest(what, item)}


def _digest(what: str, item: Item) -> bytes:
    said = {name: str(value) if isinstance(value, datetime) else value for name, value in item.said.items()}
    return digest_of([what, said])
