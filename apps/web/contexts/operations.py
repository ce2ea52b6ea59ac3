"""The contexts of the pages of operations."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

from apps.web.charts import Bars, Meter
from apps.web.labels import Chip

from .parts import Choice, Links, NamedChoice, Values, WithErrors


class TaskLink(TypedDict):
    """A task by its key or title; `url` is "" if the reader does not see it (any more)."""

    name: str
    url: str


class FailureRow(TypedDict):
    """A group of failed tasks; `what` is the function, else the type."""

    what: str
    version: int
    step: str
    error: str
    container: str
    count: int
    first_seen: datetime | None
    last_seen: datetime | None
    trend: Bars
    plan_url: str


class OperationRow(TypedDict):
    """An operation in the list; `meter` is None for who is not its author."""

    title: str
    url: str
    by: str
    at: datetime
    state: Chip
    meter: Meter | None


class OperationsPage(TypedDict):
    """What failed, in groups, and the reader's operations. `cut`: there are more failed tasks or groups than shown."""

    groups: Sequence[FailureRow]
    failed: int
    cut: bool
    rows: Sequence[OperationRow]
    page: Links


class ExcludedRow(TypedDict):
    """Tasks that are left out for a reason, and some of them."""

    why: str
    count: int
    sample: Sequence[TaskLink]


class KindChoice(NamedChoice):
    """A kind of operation, and what it does to each task."""

    hint: str


class OperationPlanPage(WithErrors):
    """What an operation would do. `plan` is the token that begins it; `others_url` plans for what has not ended."""

    filters: Sequence[Choice]
    kinds: Sequence[KindChoice]
    matched: int
    excluded: Sequence[ExcludedRow]
    plan: str
    values: Values
    danger: bool
    action_url: str
    others_url: str


class OutcomeTab(NamedChoice):
    """A list of items by their outcome."""

    url: str


class ItemRow(TypedDict):
    """What was done to one task."""

    task: TaskLink
    outcome: Chip
    detail: str
    at: datetime


class OperationStatePart(TypedDict):
    """`operations/_state.html`: where an operation stands, named by `shown`. `url` is "" unless the page is older."""

    state: Chip
    meter: Meter | None
    held: str
    shown: str
    url: str


class OperationPage(OperationStatePart):
    """An operation. `changes_url` is "" when nothing will change any more."""

    title: str
    by: str
    reason: str
    started_at: datetime
    ended_at: datetime | None
    filters: Sequence[Choice]
    canary: str
    rate: str
    changes_url: str
    stop_url: str
    resume_url: str
    tabs: Sequence[OutcomeTab]
    items: Sequence[ItemRow]
    page: Links
