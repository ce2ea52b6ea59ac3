"""What all kinds of operations have in common: which tasks they take, what they do to each, when that has settled."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar
from uuid import UUID

from django.db import OperationalError
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.core.body import Body
from apps.core.errors import TaskHubError
from apps.core.json_types import JsonObject
from apps.core.shapes import Shape
from apps.events.unit_of_work import unit_of_work
from apps.operations.models import Item
from apps.tasks.lifecycle import Status

logger = logging.getLogger(__name__)
LONGEST = 0.4
"""Seconds of a batch: so long its operation cannot be stopped, and on SQLite nobody else writes."""


@dataclass(frozen=True)
class Result:
    """What an operation did to one task. `watched` is the task whose end settles it, if not the task itself."""

    task: UUID
    outcome: str
    watched: UUID | None = None
    code: str = ""
    detail: str = ""


class Kind:
    """One repair. `work` is called inside a unit of work, with tasks that exist or have existed for the actor."""

    statuses: ClassVar[Sequence[Status]] = ()
    """The statuses that a task may have when the repair is planned; others are excluded."""
    excluded: ClassVar[str] = "wrong_status"
    """Why others are excluded."""
    settles_well: ClassVar[Sequence[str]] = ()
    """In which statuses a task on which it was done has settled well. Empty: it settles at once."""
    keys: ClassVar[Mapping[str, Shape]] = {}
    """Keys of its body besides the common ones, and which of them are required."""
    required: ClassVar[Sequence[str]] = ()

    def read_options(self, actor: Actor, body: Body) -> JsonObject:
        """The values of `keys`, to be stored. Notes in the body what is wrong with them."""
        return {key: body.value[key] for key in self.keys if key in body.value}

    def work(self, actor: Actor, tasks: Sequence[UUID], options: JsonObject) -> list[Result]:
        """Repair the tasks, each as the actor may now; the results in order, of fewer tasks if they take long."""
        results: list[Result] = []
        end = time.monotonic() + LONGEST
        for task in tasks:
            results.append(attempt(task, partial(self.repair, actor, task, options), self.done_outcome))
            if time.monotonic() > end:
                break
        return results

    def repair(self, actor: Actor, task: UUID, options: JsonObject) -> UUID:
        """Repair one task; the id of the task whose end settles it. Raises what its service raises."""
        raise NotImplementedError

    @property
    def done_outcome(self) -> str:
        """The outcome of what was done just now."""
        return Item.Outcome.DONE if self.settles_well else Item.Outcome.SETTLED_OK


def attempt(task: UUID, work: Callable[[], UUID], outcome: str) -> Result:
    """Do it in a savepoint. A refusal, or a mistake of our own, is the result of this task and of no other.

    Raises OperationalError: the database was busy or away, and nothing is known about the task.
    """
    try:
        with unit_of_work():
            return Result(task, outcome, work())
    except TaskHubError as error:
        return refused(task, error)
    except OperationalError:
        raise
    except Exception:
        logger.exception("An operation failed for a task")
        return refused(task, our_mistake())


def refused(task: UUID, error: TaskHubError) -> Result:
    """The result of a task to which it could not be done."""
    return Result(task, Item.Outcome.REFUSED, code=error.code, detail=error.detail)


def our_mistake() -> TaskHubError:
    """The refusal of a task for which something unforeseen was raised."""
    return TaskHubError(_("TaskHub made a mistake."))
