"""What workers send, read into plain values. One bad item of a batch never spoils the others."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import orjson
from django.utils.translation import gettext as _

from apps.automation.services import LONGEST_LEASE, SHORTEST_LEASE
from apps.core.body import Body, raise_problems
from apps.core.errors import Invalid, Problem
from apps.core.ids import parse_uuid
from apps.core.secrets import fingerprint
from apps.tasks import leases

MOST_TASKS = 100
MOST_FUNCTIONS = 100
MOST_ITEMS = 1000
LONGEST_WAIT = 30
LONGEST_NAME = 200
LONGEST_VERSION = 100


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
    body = Body(value)
    given = body.take("claim_id")
    claim = parse_uuid(given)
    if given is not None and claim is None:
        body.wrong("claim_id", _("Must be a UUID."))
    request = ClaimRequest(
        claim=claim or uuid4(),
        repeatable=claim is not None,
        worker=body.text("worker", most=LONGEST_NAME),
        version=body.text("version", most=LONGEST_VERSION),
        draining=body.flag("draining"),
        functions=_read_functions(body),
        most=body.whole("max", least=1, most=MOST_TASKS, default=1),
        lease_seconds=body.whole("lease_seconds", least=SHORTEST_LEASE, most=LONGEST_LEASE),
        wait=read_number(body, "wait", least=0, most=LONGEST_WAIT, default=0),
        digest=digest_of({key: value for key, value in body.value.items() if value is not None}),
    )
    if request.draining and not body.has("worker"):
        body.wrong("worker", _("Say which worker takes no more."))
    body.finish()
    return request


def _read_functions(body: Body) -> list[str]:
    names: list[str] = []
    for index, name in enumerate(body.items("functions", most=MOST_FUNCTIONS)):
        if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME or "\0" in name:
            at = f"{body.pointer('functions')}/{index}"
            body.problems.append(Problem(at, "invalid", _("Must be the name of a function.")))
        elif name not in names:
            names.append(name)
    if body.value.get("functions") in (None, []):
        body.wrong("functions", _("Name the functions that you run."))
    return names


def read_number(body: Body, key: str, *, least: float, most: float, default: float | None = None) -> Any:
    """A number between two bounds."""
    value = body.take(key, default)
    if value is default or (isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most):
        return value
    body.wrong(key, _("Must be a number from %(least)s to %(most)s.") % {"least": least, "most": most})
    return default


def digest_of(value: object) -> bytes:
    """Equal for equal values, in any order of keys."""
    return fingerprint(orjson.dumps(value, option=orjson.OPT_SORT_KEYS))


class Kept(NamedTuple):
    """A lease that was kept: its end, whether a cancel is requested, whether its time limit passed, and whose it is."""

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
    said: dict[str, Any] = field(default_factory=dict)

    def finish(self) -> None:
        """Raises Invalid naming every problem of the item."""
        self.body.refuse_unknown()
        raise_problems(self.body.problems)


def read_items(value: object, key: str) -> list[Item]:
    """The entries under `key`, each with problems of its own. Raises Invalid if the frame is wrong."""
    body = Body(value)
    if not body.has(key):
        raise Invalid.at(f"/{key}", _("Must be a list."))
    entries = body.items(key, most=MOST_ITEMS)
    body.finish()
    return [_read_item(entry, index, f"/{key}/{index}") for index, entry in enumerate(entries)]


def _read_item(entry: object, index: int, at: str) -> Item:
    body = Body(entry, at=at)
    named = body.text("task", most=LONGEST_NAME)
    token = body.text("token", most=LONGEST_NAME)
    for name, said in (("task", named), ("token", token)):
        if said is None and body.value and not body.has(name):
            body.wrong(name, _("This is required."))
    return Item(index, at, named, parse_uuid(named), leases.token_hash(token or ""), body)
