"""The documents of actions in full form, as `read` accepts them and `run` does them.

A value may be an expression (`{"cel": …}`) wherever it is an `object` here; it is computed when the action runs.
"""

from typing import TypedDict

from apps.containers.type_document.documents import AskedField, OfferedAction


class UnsetFields(TypedDict):
    fields: list[str]


class ListItems(TypedDict):
    """Items by field, and tags."""

    fields: dict[str, object]
    tags: object


class Person(TypedDict):
    """A reference, or a word that stands for a person of the task."""

    to: object


class NewPrivacy(TypedDict):
    privacy: str
    private_to: object
    app_readable: bool | None


class NewNote(TypedDict):
    text: object
    kind: str


class NoticeText(TypedDict):
    to: list[str]
    message: object


class Question(TypedDict, total=False):
    """A request to a person; `due_in` counts in seconds from the time when the action runs."""

    to: object
    title: object
    message: object
    fields: list[AskedField]
    actions: list[str | OfferedAction] | None
    privacy: str | None
    due_at: object
    due_in: int | None
    on_timeout: dict[str, object] | None
    reminders: object
    exclude: object


class Changes(TypedDict, total=False):
    """The action `set`: values of fields, and any of the properties that actions set."""

    fields: dict[str, object]


class PlannedUpdate(TypedDict):
    """What changes at a time, or `after` so many seconds."""

    at: object
    after: int | None
    set: Changes | None
    transition: str | None


class NewTask(TypedDict, total=False):
    """A task that is made; keys that were not given are None."""

    container: str | None
    type: str | None
    title: object
    description: object
    function: str | None
    fields: dict[str, object] | None
    data: object
    priority: object
    tags: object
    correlation_id: object
    start_at: object
    after: int | None
    due_at: object
    assignee: object
    child: bool


class NamedEvent(TypedDict):
    name: str
    data: dict[str, object]
