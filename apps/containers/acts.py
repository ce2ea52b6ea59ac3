"""Actions of transitions and rules, accepted at push: the vocabulary is settings.ACTIONS, each word a class.

What an action does lies in a layer above; here is what it may say, and where that is wrong.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Protocol, runtime_checkable

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from apps.core.body import Body

from .expressions import Variables, wrong_values
from .models import Container
from .said_values import Value

MOST_ACTIONS = 20
# Words of the design that this version does not run: better refused than silently not done.
LATER = ("start_workflow",)


@dataclass(frozen=True)
class Setting:
    """Where actions are said: the container, the names that expressions know, and the fields (None: of any type)."""

    container: Container
    variables: Variables
    fields: Collection[str] | None
    by_itself: bool
    """Nobody presses a button: a rule, or an automatic transition."""


class Action(Protocol):
    """One word of the vocabulary."""

    first: bool
    """It changes the task itself, and is done before the task moves to its stage."""

    def read(self, body: Body, setting: Setting) -> dict[str, Any]:
        """What it says, in full form; problems are noted in the body."""

    def run(self, work: Any, said: Mapping[str, Any]) -> dict[str, Any]:
        """Do it; answers what was done, without values. Raises core.errors."""


@runtime_checkable
class Saying(Protocol):
    """An action that says values for fields."""

    def values(self, said: Mapping[str, Any]) -> Iterator[Value]:
        """Those of one in full form, with pointers into it."""


def values_in(actions: Iterable[Mapping[str, Any]]) -> Iterator[Value]:
    """What a list of actions says for fields, with pointers from `/actions`."""
    for index, said in enumerate(actions):
        action = find_action(said["do"])
        for value in action.values(said) if isinstance(action, Saying) else ():
            yield replace(value, pointer=f"/actions/{index}{value.pointer}")


@cache
def find_action(name: str) -> Action:
    """The action of that name; it must be in settings.ACTIONS."""
    found: Action = import_string(settings.ACTIONS[name])()
    return found


def read_actions(body: Body, setting: Setting) -> list[dict[str, Any]]:
    """The list `actions` of a transition or rule, with every expression type-checked."""
    return [_read_action(item, setting) for item in body.objects("actions", most=MOST_ACTIONS)]


def _read_action(item: Body, setting: Setting) -> dict[str, Any]:
    name = item.take("do")
    if name in LATER and name not in settings.ACTIONS:
        item.wrong("do", _("This version of TaskHub cannot do “%s” yet.") % name)
        return {}
    if not isinstance(name, str) or name not in settings.ACTIONS:
        item.wrong("do", _("Must be one of: %s.") % ", ".join(settings.ACTIONS))
        return {}
    known = len(item.problems)
    said = find_action(name).read(item, setting)
    item.refuse_unknown()
    if len(item.problems) == known:
        item.problems += wrong_values(said, item.at, setting.variables)
    return {"do": name, **said}
