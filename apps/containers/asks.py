"""What a request to a person may say: named fields, named actions. Shared by failover targets and handovers."""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.actors.models import SLUG
from apps.core.body import Body

EFFECTS = ("complete", "return", "fail", "cancel", "skip")
# The actions that may be named without saying more; each has the effect of its name.
DEFAULT_ACTIONS: dict[str, Any] = {
    "complete": gettext_lazy("Complete by hand"),
    "return": gettext_lazy("Fix and return"),
    "skip": gettext_lazy("Skip"),
    "fail": gettext_lazy("Fail"),
    "cancel": gettext_lazy("Cancel"),
}
MOST_ACTIONS = 20
MOST_FIELDS = 200


def read_fields(body: Body, *, declared: Collection[str] | None) -> list[dict[str, Any]]:
    """`fields` as `{name, required, proposed, label}`; plain names may stand for them.

    `declared` are the names that exist (for the asker); None where there is no type to look at.
    """
    found: dict[str, dict[str, Any]] = {}
    for item in _items(body, "fields", most=MOST_FIELDS):
        name = item.text("name", most=64)
        if name is None and not item.problems:
            item.wrong("name", _("Name a field."))
        elif name is not None and declared is not None and name not in declared:
            item.wrong("name", _("There is no such field."), code="unknown_field")
        elif name in found:
            item.wrong("name", _("This field is asked for twice."))
        found[str(name)] = {
            "name": name,
            "required": item.flag("required"),
            "proposed": item.take("proposed"),
            "label": item.text("label"),
        }
    return list(found.values())


def read_actions(body: Body) -> list[dict[str, Any]] | None:
    """`actions` as `{name, label, effect, needs_comment}`; None if the body leaves them open."""
    if not body.has("actions"):
        body.take("actions")
        return None
    actions: dict[str, dict[str, Any]] = {}
    for item in _items(body, "actions", most=MOST_ACTIONS):
        action = _read_action(item)
        if action["name"] in actions:
            item.wrong("name", _("This name is taken."))
        actions[str(action["name"])] = action
    if body.value["actions"] == []:
        body.wrong("actions", _("Name at least one action."))
    return list(actions.values())


def _items(body: Body, key: str, *, most: int) -> Iterator[Body]:
    """The objects of a list in which a text stands for an object with just that name."""
    for index, value in enumerate(body.items(key, most=most)):
        at = f"{body.pointer(key)}/{index}"
        item = Body({"name": value} if isinstance(value, str) else value, at=at)
        yield item
        item.refuse_unknown()
        short = isinstance(value, str)
        body.problems += [replace(problem, pointer=at) if short else problem for problem in item.problems]


def _read_action(item: Body) -> dict[str, Any]:
    name = item.text("name", most=63)
    if name is None or not _is_slug(name):
        item.wrong("name", _("Name it in lower-case letters, digits, hyphens and underscores."))
        name = None
    usual = name if name in DEFAULT_ACTIONS else None
    effect = item.choice("effect", EFFECTS, default=usual)
    if effect is None and name is not None:
        item.wrong("effect", _("Must be one of: %s.") % ", ".join(EFFECTS))
    label = item.text("label") or str(DEFAULT_ACTIONS[usual] if usual else (name or "").replace("_", " ").capitalize())
    return {"name": name, "label": label, "effect": effect, "needs_comment": item.flag("needs_comment")}


def _is_slug(name: str) -> bool:
    return re.fullmatch(SLUG, name.replace("_", "-")) is not None
