"""Operations as their readers see them."""

from collections.abc import Sequence

from django.db.models import QuerySet

from apps.actors.actor import Actor
from apps.core.json_types import JsonObject
from apps.core.timestamps import format_timestamp

from . import access, settlement
from .models import Item, Operation

LOOKS = 5
"""How often the counts are read again because a batch was stored meanwhile."""
COUNTS = ("matched", "done", "refused", "settled_ok", "settled_bad", "running", "left")


def render_operation(actor: Actor, operation: Operation) -> JsonObject:
    """The operation for this reader. The counts are true at one moment; null for who is not its author."""
    return {
        "id": str(operation.pk),
        "kind": operation.kind,
        "state": str(operation.state),
        "by": operation.author,
        "reason": operation.reason,
        "filter": operation.filter if access.reads_numbers(actor, operation) else None,
        "canary": _canary(operation),
        "max_per_second": operation.max_per_second,
        **_counts(actor, operation),
        "started_at": format_timestamp(operation.created_at),
        "ended_at": format_timestamp(operation.ended_at),
    }


def _canary(operation: Operation) -> JsonObject | None:
    first, least = operation.canary_first, operation.canary_min_ok
    return None if first is None else {"first": first, "min_ok": least}


def _counts(actor: Actor, operation: Operation) -> JsonObject:
    if not access.reads_numbers(actor, operation):
        return dict.fromkeys(COUNTS)
    return counts_of(actor, operation)


def counts_of(actor: Actor, operation: Operation) -> JsonObject:
    """The counts of the author's operation, with what has settled since the background looked last.

    Read until no batch was stored between the two statements.
    """
    for _look in range(LOOKS):
        meanwhile = settlement.settled_meanwhile(operation, actor) if operation.running else settlement.Settled()
        before = _stored(operation)
        operation.refresh_from_db(fields=["state", "taken", "done", "settled_ok", "settled_bad", "ended_at"])
        if before == _stored(operation):
            break
    ok, bad = operation.settled_ok + meanwhile.ok, operation.settled_bad + meanwhile.bad
    return {
        "matched": operation.matched,
        "done": operation.done,
        "refused": operation.refused,
        "settled_ok": ok,
        "settled_bad": bad,
        "running": operation.done - ok - bad,
        "left": operation.matched - operation.taken,
    }


def _stored(operation: Operation) -> tuple[object, ...]:
    return operation.state, operation.taken, operation.done, operation.settled_ok, operation.settled_bad


def list_items(actor: Actor, name: str, outcomes: Sequence[str] = ()) -> QuerySet[Item]:
    """What the actor's operation did to each task so far; nothing for who is not its author. Raises NotFound."""
    operation = access.get_operation(actor, name)
    rows = Item.objects.filter(operation=operation)
    rows = rows.filter(outcome__in=outcomes) if outcomes else rows
    return rows if access.reads_numbers(actor, operation) else rows.none()


def render_item(item: Item) -> JsonObject:
    """One of them. That it has settled is noted some seconds after it did; the counts know at once."""
    return {
        "task": str(item.task_id),
        "outcome": str(item.outcome),
        "code": item.code or None,
        "detail": item.detail or None,
        "at": format_timestamp(item.at),
    }
