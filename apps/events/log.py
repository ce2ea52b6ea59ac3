"""The only writer of the event log."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict, Unpack
from uuid import UUID

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from apps.core import background
from apps.core.ids import uuid7
from apps.core.sql.rows import insert, like

from . import event_types, unit_of_work
from .models import Event

MASK = "•••"


class EventValues(TypedDict, total=False):
    """What an event may have besides its type and actor: see `draft`."""

    task_id: UUID | None
    container_id: UUID | None
    application_id: UUID | None
    sequence: int
    correlation_id: str | None
    causation_id: UUID | None
    internal: bool
    data: Mapping[str, object]
    secrets: Iterable[str]


def record(*, type: str, actor: object, **values: Unpack[EventValues]) -> Event:
    """Append one event in the transaction that makes it true; the IN_TRANSACTION list hears of it at its unit's end.

    Takes what `draft` takes. Raises RuntimeError outside a transaction: an event without its change, or a change
    without its event, must be impossible.
    """
    event = draft(type=type, actor=actor, **values)
    record_all([event])
    return event


def record_all(events: list[Event], *rows: Sequence[Model], back: tuple[str, ...] = ()) -> None:
    """Append drafted events, in order, in one statement. Raises as `record` does.

    `rows` are new rows of the change that they record, stored in the same statement (`core/sql/rows.py`: insert).
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("events are recorded inside the transaction of the change that they record")
    if any(event.task_id for event in events) and not unit_of_work.is_open():
        raise RuntimeError("events of tasks are recorded inside a unit of work: IN_TRANSACTION must hear of them")
    insert(*rows, events, back=back)
    for event in events:
        unit_of_work.add(event)
    if events:
        background.enqueue("events.dispatch")


def draft(
    *,
    type: str,
    actor: object,
    task_id: UUID | None = None,
    container_id: UUID | None = None,
    application_id: UUID | None = None,
    sequence: int = 0,
    correlation_id: str | None = None,
    causation_id: UUID | None = None,
    internal: bool = False,
    data: Mapping[str, object] | None = None,
    secrets: Iterable[str] = (),
) -> Event:
    """An event that is yet to be appended by `record_all`.

    `internal` events are read only by those who work on the task. Values of the fields named in `secrets` are
    masked. Raises ValueError for a type that is not in the public list.
    """
    if type not in event_types.ALL:
        raise ValueError(f"{type} is not in the list of event types")
    return like(
        _BLANK,
        id=uuid7(),
        time=timezone.now(),
        type=type,
        actor=str(actor),
        task_id=task_id,
        container_id=container_id,
        application_id=application_id,
        sequence=sequence,
        correlation_id=correlation_id,
        causation_id=causation_id or unit_of_work.cause(),
        audience=Event.Audience.WORK if internal else Event.Audience.TASK,
        data=masked(dict(data or {}), frozenset(secrets)),
    )


_BLANK = Event()


def masked(data: dict[str, Any], secrets: frozenset[str]) -> dict[str, Any]:
    """`data` with the values of secret fields replaced; changes keep the fact that something changed."""
    changes = data.get("changes")
    if not secrets or not isinstance(changes, dict):
        return data
    hidden = {name: [MASK, MASK] for name in changes if name.removeprefix("fields.") in secrets}
    return {**data, "changes": {**changes, **hidden}}
