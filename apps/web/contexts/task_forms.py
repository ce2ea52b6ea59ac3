"""The contexts of the forms about a task."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NotRequired, TypedDict

from apps.containers.models import Container
from apps.web.schema_form import FormContext

from .parts import Choice, Conflicting, NamedChoice, Values, WithErrors
from .task import TaskHead


class TypeTab(TypedDict):
    """A type of which a task can be made."""

    name: str
    title: str
    url: str
    chosen: bool


class TaskFormPage(WithErrors):
    """A new task; also the dialog before a transition or a stage. `with_text` asks for title and description."""

    container: Container
    types: Sequence[TypeTab]
    heading: str
    action_url: str
    button: str
    with_text: bool
    values: NotRequired[Values]
    form: FormContext
    hidden: Sequence[Choice]
    back_url: str


class EditPage(WithErrors):
    """A change of a task's properties and fields."""

    task: TaskHead
    url: str
    version: str
    with_properties: bool
    values: Values
    people: Sequence[Choice]
    form: FormContext
    conflicts: Sequence[Conflicting]


class PlanPage(WithErrors):
    """A change of a task that happens by itself."""

    task: TaskHead
    url: str
    at: str
    move: str
    moves: Sequence[Choice]
    with_properties: bool
    values: Values
    people: Sequence[Choice]
    form: FormContext


class HandoverRequestPage(WithErrors):
    """A request to a person or team about a task; `excluded` may not answer it."""

    task: TaskHead
    url: str
    values: Values
    people: Sequence[Choice]
    teams: Sequence[Choice]
    fields: Sequence[NamedChoice]
    excluded: Collection[str]


class DelegatedHandover(TypedDict):
    """The handover that is passed on."""

    title: str
    asks: Sequence[str]
    url: str


class DelegatePage(TypedDict):
    """Whom a handover is passed on to. `returns`: it comes back for the decision."""

    handover: DelegatedHandover
    back_url: str
    to: str
    returns: bool
    error: str
    people: Sequence[Choice]
    teams: Sequence[Choice]


class PrivacyChoice(TypedDict):
    """A mode of privacy."""

    value: str
    label: str


class GrantRow(TypedDict):
    """A person or team with whom a task is shared, until a time or for good."""

    reference: str
    title: str
    until: datetime | None


class SharingPage(WithErrors):
    """The privacy of a task, its grants, and its container."""

    task: TaskHead
    version: str
    url: str
    grant_url: str
    container_url: str
    modes: Sequence[PrivacyChoice]
    values: Values
    people: Sequence[Choice]
    teams: Sequence[Choice]
    grants: Sequence[GrantRow]
    places: Sequence[Choice]


class ReceiptPage(TypedDict):
    """What a person saw when they answered. `chosen` names their action."""

    task: TaskHead
    heading: str
    receipt: Mapping[str, Any]
    at: datetime
    due_at: datetime | None
    asked: Sequence[Mapping[str, Any]]
    others: Sequence[Mapping[str, Any]]
    chosen: str
