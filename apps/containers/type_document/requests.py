"""Reading the named fields and actions of a request to a person. Shared by fail-over targets and handovers."""

import re
from collections.abc import Collection, Iterator

from django.utils.functional import Promise as StrPromise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.actors.models import SLUG
from apps.core.body import Body
from apps.core.errors import Problem
from apps.core.json_types import JsonMapping, JsonObject
from apps.core.shapes import Anything, Choice, Flag, Items, Object, Text, TextOr, refused_choice

from .documents import AskedField, OfferedAction

EFFECTS = ("complete", "return", "fail", "cancel", "skip")
# The actions that a plain name stands for; each has the effect of its name.
DEFAULT_ACTIONS: dict[str, StrPromise] = {
    "complete": gettext_lazy("Complete by hand"),
    "return": gettext_lazy("Fix and return"),
    "skip": gettext_lazy("Skip"),
    "fail": gettext_lazy("Fail"),
    "cancel": gettext_lazy("Cancel"),
}
MOST_ACTIONS = 20
MOST_FIELDS = 200
LONGEST_LABEL = 200

FIELD = Object(
    {
        "name": Text(64),
        "required": Flag(nullable=True),
        "proposed": Anything(),
        "label": Text(LONGEST_LABEL, nullable=True),
    },
    required=["name"],
    name="AskedField",
    about="A field that is asked for.",
)
FIELDS = Items(TextOr(Text(64), FIELD), MOST_FIELDS, nullable=True, description="Plain names may stand for fields.")
ACTION = Object(
    {
        "name": Text(63, description="Lower-case letters, digits, hyphens and underscores."),
        "label": Text(LONGEST_LABEL, nullable=True),
        "effect": Choice(EFFECTS, nullable=True),
        "needs_comment": Flag(nullable=True),
    },
    required=["name"],
    name="OfferedAction",
    about="A way to answer. Its effect is required unless the name is that of a usual action.",
    more={
        "if": {"properties": {"name": {"not": {"enum": [*DEFAULT_ACTIONS]}}}},
        "then": {"required": ["effect"], "properties": {"effect": {"type": "string"}}},
    },
)
ACTIONS = Items(
    TextOr(Choice(["submit", *DEFAULT_ACTIONS]), ACTION), MOST_ACTIONS, least=1, nullable=True,
    description="The names of usual actions may stand for them.",
)  # fmt: skip


def read_fields(body: Body, *, declared: Collection[str] | None) -> list[AskedField]:
    """`fields` as `{name, required, proposed, label}`; plain names may stand for them.

    `declared` are the names that exist (for the asker); None where there is no type to look at.
    """
    fields: dict[str, AskedField] = {}
    for at, item in _items(body, "fields"):
        name = item["name"]
        if declared is not None and name not in declared:
            body.problems.append(Problem(at, "unknown_field", _("There is no such field.")))
        elif name in fields:
            body.problems.append(Problem(at, "invalid", _("This field is asked for twice.")))
        fields[name] = {
            "name": name,
            "required": bool(item.get("required")),
            "proposed": item.get("proposed"),
            "label": item.get("label"),
        }
    return list(fields.values())


def read_actions(body: Body, *, submit: OfferedAction | None = None) -> list[OfferedAction] | None:
    """`actions` as `{name, label, effect, needs_comment}`; None if the body leaves them open.

    `submit` is what the plain name "submit" stands for, where there is something to submit.
    """
    actions: dict[str, OfferedAction] = {}
    for at, item in _items(body, "actions"):
        is_short = submit is not None and item == {"name": submit["name"]}
        action = submit if submit is not None and is_short else _full_action(item, at, body.problems)
        if action["name"] in actions:
            body.problems.append(Problem(at, "invalid", _("This name is taken.")))
        actions[action["name"]] = action
    return list(actions.values()) or None


def _items(body: Body, key: str) -> Iterator[tuple[str, JsonObject]]:
    """The pointer of the name and the object of each item that has a name; a text stands for just that."""
    for index, value in enumerate(body.get(key, ())):
        at = f"{body.pointer(key)}/{index}"
        if isinstance(value, str):
            yield at, {"name": value}
        elif isinstance(value, dict) and value.get("name") is not None:
            yield f"{at}/name", value


def _full_action(item: JsonMapping, at: str, problems: list[Problem]) -> OfferedAction:
    name, place = item["name"], at.removesuffix("/name")
    usual = DEFAULT_ACTIONS.get(name)
    effect = item.get("effect") or (name if usual else None)
    if not _is_slug(name):
        detail = _("Name it in lower-case letters, digits, hyphens and underscores.")
        problems.append(Problem(at, "invalid", detail))
    elif effect is None and not any(problem.pointer == f"{place}/effect" for problem in problems):
        problems.append(Problem(f"{place}/effect", "required", refused_choice(EFFECTS)))
    label = item.get("label") or str(usual or name.replace("_", " ").capitalize())
    return {"name": name, "label": label, "effect": effect, "needs_comment": bool(item.get("needs_comment"))}


def _is_slug(name: str) -> bool:
    return re.fullmatch(SLUG, name.replace("_", "-")) is not None
