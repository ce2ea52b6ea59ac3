"""Worker requests: bodies read into plain values, and the answer to each item of a batch.

One bad item of a batch never spoils the others.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import orjson
from django.utils.translation import gettext as _

from apps.automation.functions.accept import LONGEST_LEASE, SHORTEST_LEASE
from apps.core.body import Body, raise_problems
from apps.core.errors import Problem, TaskHubError
from apps.core.ids import parse_uuid
from apps.core.sealing import fingerprint
from apps.core.shapes import Flag, Items, Number, Object, Separate, Shape, Text, Uuid, Whole
from apps.tasks import leases
from apps.tasks.models import Task

MOST_TASKS = 100
MOST_FUNCTIONS = 100
MOST_ITEMS = 1000
LONGEST_WAIT = 30
LONGEST_NAME = 200
LONGEST_VERSION = 100
REPEATABLE_FOR = 300
"""Seconds in which a claim may be repeated."""
REPEATABLE = timedelta(seconds=REPEATABLE_FOR)
CLAIM = Object(
    {
        "claim_id": Uuid(description="Makes the call repeatable for five minutes, with the same answer."),
        "worker": Text(LONGEST_NAME),
        "version": Text(LONGEST_VERSION, description="Of the worker's code, for the list of workers."),
        "draining": Flag(description="The worker takes no more: it gets nothing, and is listed as draining."),
        "functions": Items(Text(LONGEST_NAME), MOST_FUNCTIONS, least=1),
        "max": Whole(1, MOST_TASKS, description="1 if left out."),
        "lease_seconds": Whole(SHORTEST_LEASE, LONGEST_LEASE, description="As the function says if left out."),
        "wait": Number(0, LONGEST_WAIT, description="Seconds to wait for a task; 0 if left out."),
    },
    required=["functions"],
    name="ClaimBody",
    about="Which functions a worker runs.",
    drops_null=True,
)


@dataclass(frozen=True)
class ClaimRequest:
    """A claim as it was asked for. Without a `claim_id` of the caller's it gets one that nobody can repeat."""

    claim: UUID
    repeatable: bool
    worker: str | None
    version: str | None
    draining: bool
    functions: list[str]
    most: int
    lease_seconds: int | None
    wait: float
    digest: bytes
    mode: str = "pull"
    """Of which functions tasks are claimed: workers get none of those that TaskHub calls itself."""


def read_claim(value: object) -> ClaimRequest:
    """Raises Invalid naming every problem."""
    body = Body(value, CLAIM)
    if body.get("draining") and not body.has("worker"):
        body.wrong("worker", _("Say which worker takes no more."))
    body.finish()
    claim = parse_uuid(body.get("claim_id"))
    return ClaimRequest(
        claim=claim or uuid4(),
        repeatable=claim is not None,
        worker=body.get("worker"),
        version=body.get("version"),
        draining=body.get("draining", False),
        functions=list(dict.fromkeys(body.get("functions"))),
        most=body.get("max", 1),
        lease_seconds=body.get("lease_seconds"),
        wait=body.get("wait", 0),
        digest=digest_of(body.value),
    )


def in_queue_order(tasks: Iterable[Task]) -> list[Task]:
    """The tasks in the order in which the queue serves them (`leases.QUEUE_ORDER`)."""
    return sorted(tasks, key=lambda task: (-task.priority, task.start_at, task.pk.hex))


def digest_of(value: object) -> bytes:
    """Equal for equal values, in any order of keys."""
    return fingerprint(orjson.dumps(value, option=orjson.OPT_SORT_KEYS))


class ExtendedLease(NamedTuple):
    """An extended lease: its end, whether a cancel is requested, whether its time limit passed, and whose it is."""

    end: datetime
    cancel: bool
    late: bool
    worker: str | None
    function: str


# --- Items ------------------------------------------------------------------------------------------


@dataclass
class Item:
    """One entry of a batch. `task` is None if what names it cannot be the id of any task."""

    index: int
    at: str
    named: str | None
    task: UUID | None
    token_hash: bytes
    body: Body
    values: dict[str, Any] = field(default_factory=dict)

    def finish(self) -> None:
        """Raises Invalid naming every problem of the item."""
        raise_problems(self.body.problems)


@dataclass(frozen=True)
class Batch:
    """Items under one key, each of which is read by itself: a bad one has problems of its own."""

    key: str
    entry: Object
    name: str

    @property
    def shape(self) -> Object:
        """The shape of the whole body."""
        items = Items(Separate(self.entry), MOST_ITEMS)
        return Object({self.key: items}, required=[self.key], name=self.name, about="Leases, each for itself.")

    def read(self, value: object) -> list[Item]:
        """The items. Raises Invalid if the frame is wrong."""
        entries = self.shape.require(value)[self.key]
        return [self._item(entry, index, f"/{self.key}/{index}") for index, entry in enumerate(entries)]

    def _item(self, entry: object, index: int, at: str) -> Item:
        body = Body(entry, self.entry, at=at)
        named = body.get("task")
        return Item(index, at, named, parse_uuid(named), leases.token_hash(body.get("token", "")), body)


def batch(key: str, name: str, *required: str, **more: Shape) -> Batch:
    """A batch whose entries name a lease and take `more`."""
    lease = {"task": Text(LONGEST_NAME, description="The id of the task."), "token": Text(LONGEST_NAME)}
    entry = Object({**lease, **more}, required=["task", "token", *required], name=f"{name}Entry", drops_null=True)
    return Batch(key, entry, f"{name}Body")


Result = dict[str, Any]


def done(item: Item, **more: object) -> Result:
    """It was done."""
    return {"task": item.named, "ok": True, "status": 200, "code": None, "detail": None, **more}


def refused(item: Item, error: TaskHubError) -> Result:
    """It was not; pointers lead into the whole body."""
    errors = [_placed(problem, item.at).as_json() for problem in error.errors]
    answer = {"task": item.named, "ok": False, "status": error.status, "code": error.code, "detail": error.detail}
    return {**answer, "errors": errors}


def _placed(problem: Problem, at: str) -> Problem:
    return problem if problem.pointer.startswith(at) else problem.under(at)


def attempt(item: Item, act: Callable[[Item], Result]) -> Result:
    """What became of the item; a refusal is its own and nobody else's."""
    try:
        return act(item)
    except TaskHubError as error:
        return refused(item, error)
