"""The contexts of the pages of containers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict

from apps.containers.models import Container, TaskType
from apps.web.labels import State

from .parts import Choice, Links, Named, Values, WithErrors
from .task import StageLink


class ContainerRow(TypedDict):
    """A container in the list; `role` is the reader's, in words."""

    title: str
    slug: str
    description: str
    owner: str
    role: str


class ContainersPage(TypedDict):
    """The containers that the reader sees."""

    containers: Sequence[ContainerRow]
    page: Links


class FilterOption(TypedDict):
    """A value to filter by."""

    value: str
    label: str
    chosen: bool


class Filter(Named):
    """A property to filter by."""

    options: Sequence[FilterOption]


class ChosenFilter(TypedDict):
    """A filter that is on, and the address without it."""

    label: str
    remove_url: str


class Filters(TypedDict):
    """`containers/_filters.html`."""

    choices: Sequence[Filter]
    text: str
    chosen: Sequence[ChosenFilter]
    hidden: Sequence[Choice]


class ContainerHead(TypedDict):
    """What board and list share. `views` are their addresses, with the same filters."""

    container: Container
    can_create: bool
    can_manage: bool
    new_url: str
    settings_url: str
    view: str
    views: Mapping[str, str]
    filters: Filters


class Card(TypedDict):
    """`containers/_card.html`: a task on the board. `waits`: for a person; `who` has it."""

    key: str
    url: str
    title: str
    who: str
    waits: bool
    due_at: datetime | None
    state: State | None
    stage: str
    moves: Sequence[StageLink]
    move_url: str


class Lane(TypedDict):
    """`containers/_lane.html`: a column. `over`: more tasks than the limit; `more_url` is "" if all are shown.

    `count` is 999+ where there are more.
    """

    name: str
    title: str
    icon: str
    count: int | str
    limit: int | None
    over: bool
    cards: Sequence[Card]
    more_url: str
    hint: str


class BoardPage(ContainerHead):
    """The board, and its columns alone."""

    lanes: Sequence[Lane]
    changes_url: str


class Column(TypedDict):
    """The head of a sortable column; `sorted` is ascending, descending or ""."""

    label: str
    sort_url: str
    sorted: str


class TableRow(TypedDict):
    """A task in the list."""

    key: str
    url: str
    title: str
    type: str
    state: State
    who: str
    due_at: datetime | None
    updated_at: datetime


class TablePage(ContainerHead):
    """The tasks of a container as a list."""

    columns: Sequence[Column]
    rows: Sequence[TableRow]
    page: Links
    filtered: bool
    clear_url: str
    csv_url: str


class NewContainerPage(WithErrors):
    """A new container of people."""

    values: Values
    everyone_choices: Sequence[Choice]


class MemberRow(TypedDict):
    """A member of a container."""

    reference: str
    role_label: str
    remove_url: str


class TypeRow(TypedDict):
    """A type of a container; `old` counts its tasks of older versions."""

    title: str
    name: str
    version: int
    stages: str
    old: int
    migrate_url: str


class SettingsPage(WithErrors):
    """The settings of a container. `managed_by` is the application that owns it, `member` the new member as typed."""

    container: Values
    managed_by: str
    everyone_choices: Sequence[Choice]
    roles: Sequence[Choice]
    members: Sequence[MemberRow]
    member: Values
    member_url: str
    save_url: str
    types: Sequence[TypeRow]


class MigrationPage(WithErrors):
    """A look at the migration of a type's live tasks, and the one that is running."""

    container: Container
    kind: TaskType
    seen: Mapping[str, Any]
    reasons: Sequence[Mapping[str, Any]]
    gains: Sequence[Mapping[str, str]]
    fields: Sequence[Mapping[str, Any]]
    targets: Sequence[tuple[str, str]]
    unfit: Sequence[Mapping[str, Any]]
    stuck: Sequence[Mapping[str, Any]]
    running: Mapping[str, Any] | None
