"""The documents that travel as dicts: a task type, and the parts of it that handovers and functions share."""

from typing import NotRequired, TypedDict

from apps.containers.schema.walk import Schema
from apps.core.json_types import Json, JsonObject


class AskedField(TypedDict):
    """A field that a person is asked for."""

    name: str
    required: bool
    proposed: Json
    label: str | None


class OfferedAction(TypedDict):
    """A way in which a person answers; its effect is None while it depends on the task."""

    name: str
    label: str
    effect: str | None
    needs_comment: bool


class FailoverDocument(TypedDict):
    """To whom a task goes when its automation fails, or nobody claimed it `after` so many seconds."""

    to: str | None
    after: int | None
    title: str | None
    message: str
    fields: list[AskedField]
    actions: list[OfferedAction] | None
    privacy: str | None


class CreateDocument(TypedDict):
    """The role that creates tasks through the form (None: the application alone), and the fields in it."""

    by: str | None
    fields: list[str]


class StageDocument(TypedDict):
    """A column of the board."""

    name: str
    title: str
    category: str
    status: str | None
    wip_limit: int | None
    requires: NotRequired[list[str]]


TransitionDocument = TypedDict(
    "TransitionDocument",
    {
        "name": str,
        "title": str,
        "from": list[str],
        "to": str,
        "kind": str,
        "who": list[str],
        "when": str | None,
        "input": Schema | None,
        "actions": list[JsonObject],
    },
)
"""A way between stages; each of its actions has the key `do` and what that action says."""


class TypeDocument(TypedDict):
    """A version of a task type as it is stored, all defaults written out."""

    title: str
    schema: Schema
    create: CreateDocument
    default_privacy: str
    min_privacy: str
    function: str | None
    failover: FailoverDocument | None
    stages: list[StageDocument]
    transitions: list[TransitionDocument]


class StageMap(TypedDict):
    """What set-based statements must know of a type.

    Both directions between stages and statuses; the stages to which automatic transitions lead; the fields that a
    complete task has, and whether conditions ask for more. `whole` says that these two are there if they apply: maps
    of earlier releases lack them.
    """

    first: dict[str, str]
    status: dict[str, str]
    whole: NotRequired[bool]
    automatic: NotRequired[dict[str, str]]
    required: NotRequired[list[str]]
    conditions: NotRequired[bool]
