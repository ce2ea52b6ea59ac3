"""Actions of transitions and rules, as documents have them: the vocabulary is settings.ACTIONS, each word a class.

What an action does lies in a layer above; here its body is read and checked.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Protocol, runtime_checkable

from django.conf import settings
from django.utils.module_loading import import_string

from apps.containers.models import Container
from apps.core.body import Body
from apps.core.json_types import Json, JsonMapping, JsonObject
from apps.core.shapes import Items, Lazy, Object, Variants

from .expressions import Variables, wrong_values
from .literals import Value

MOST_ACTIONS = 20


@dataclass(frozen=True)
class Setting:
    """Where actions stand: the container, the names that expressions know, and the fields (None: of any type)."""

    container: Container
    variables: Variables
    fields: Collection[str] | None
    by_itself: bool
    """Nobody presses a button: a rule, or an automatic transition."""


class Action(Protocol):
    """One word of the vocabulary."""

    first: bool
    """It changes the task itself, and is done before the task moves to its stage."""

    shape: Object
    """Its keys besides `do`."""

    def accept(self, body: Body, setting: Setting) -> JsonObject:
        """The action in full form; problems are noted in the body, which its shape has read."""

    def run(self, work: Json, value: JsonMapping) -> JsonObject:
        """Do it; answers what was done, without values. Raises core.errors."""


@runtime_checkable
class WithValues(Protocol):
    """An action that gives fields values."""

    def values(self, value: JsonMapping) -> Iterator[Value]:
        """The values of an action in full form, with pointers into it."""


def values_in(actions: Iterable[JsonMapping]) -> Iterator[Value]:
    """The values that a list of actions gives fields, with pointers from `/actions`."""
    for index, given in enumerate(actions):
        action = find_action(given["do"])
        for value in action.values(given) if isinstance(action, WithValues) else ():
            yield replace(value, pointer=f"/actions/{index}{value.pointer}")


@cache
def find_action(name: str) -> Action:
    """The action of that name; it must be in settings.ACTIONS."""
    result: Action = import_string(settings.ACTIONS[name])()
    return result


@cache
def _any_action() -> Variants:
    shapes = {name: find_action(name).shape for name in settings.ACTIONS}
    return Variants("do", shapes, name="ActionBody", about="Something that is done; `do` says what.")


DONE = Items(Lazy(_any_action), MOST_ACTIONS)
"""The list `actions` of a transition."""
SOME = Items(Lazy(_any_action), MOST_ACTIONS, least=1)
"""That of a rule, which does nothing else."""


def read_actions(body: Body, setting: Setting) -> list[JsonObject]:
    """The list `actions` of a transition or rule, with every expression type-checked."""
    return [_read_action(item, setting) for item in body.objects("actions")]


def _read_action(item: Body, setting: Setting) -> JsonObject:
    name = item.get("do")
    if name is None:  # its shape has refused it
        return {}
    known = len(item.problems)
    value = find_action(name).accept(item, setting)
    if len(item.problems) == known:
        item.problems += wrong_values(value, item.at, setting.variables)
    return {"do": name, **value}
