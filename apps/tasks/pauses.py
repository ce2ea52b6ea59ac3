"""Which tasks wait because their function is paused. Read once for all tasks of a page (`learn`), else when asked."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from apps.core.ports import Port

from .lifecycle import Status
from .models import Task


class Pause(NamedTuple):
    """A pause of a function: who paused it (a reference), why, since when, and until when if that is known."""

    by: str
    reason: str
    since: datetime
    until: datetime | None


class Pauses(Protocol):
    """The pauses of functions that are paused, by application and name; one query, whatever their number."""

    def __call__(self, functions: Iterable[tuple[UUID, str]], /) -> Mapping[tuple[UUID, str], Pause]: ...


find_pauses: Port[Pauses] = Port("tasks.find_pauses")


def learn(tasks: Iterable[Task]) -> None:
    """Look up the pauses that the tasks wait for: one query, none if no task waits for a function."""
    waiting = [(function, task) for task in tasks if (function := _awaited(task)) is not None]
    if not waiting:
        return
    pauses = find_pauses.get()(function for function, _task in waiting)
    for function, task in waiting:
        task.known_pause = pauses.get(function)


def pause_of(task: Task) -> Pause | None:
    """The pause of the function that the task waits for; None if it waits for none, or that is not paused."""
    if _awaited(task) is None:
        return None
    if task.known_pause == "unknown":
        learn([task])
    pause: Pause | None = task.known_pause
    return pause


def _awaited(task: Task) -> tuple[UUID, str] | None:
    """The application and name of the function that the task waits for."""
    if task.status != Status.NEW or task.function is None or task.application_id is None:
        return None
    return task.application_id, task.function
