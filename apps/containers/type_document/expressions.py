"""Expressions in published documents: which variables there are, and refusing what would not work, where it stands."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import copy
from typing import Any

from django.utils.translation import gettext as _

from apps.core import budgets, conditions
from apps.core.body import Body
from apps.core.conditions import ConditionError
from apps.core.errors import Problem
from apps.core.json_types import Json
from apps.core.shapes import Object, Problems, Schema, Shape, Text, alternatives
from apps.core.strict_json import escape

Variables = Mapping[str, Collection[str] | None]

TASK = (
    "id", "key", "container", "type", "type_version", "title", "description", "status", "status_changed_at", "stage",
    "function", "priority", "start_at", "due_at", "tags", "correlation_id", "external_id", "privacy", "reporter",
    "assignee", "created_by_application", "created_by_user", "error", "result", "run", "step", "cancel_requested",
    "created_at", "updated_at",
)  # fmt: skip
"""What `task` has: words of the REST contract; timestamps are texts (`timestamp(task.due_at) < now`)."""
ACTOR = ("kind", "name", "reference", "audiences")
EVENT = ("id", "type", "time", "actor", "data")
RUN = ("id", "step")
EXPRESSION = "cel"
CONDITION = Text(budgets.EXPRESSION_CHARACTERS, description="CEL, checked when it is published.")
COMPUTATION = Object(
    {EXPRESSION: Text(budgets.EXPRESSION_CHARACTERS)}, required=[EXPRESSION], name="Expression",
    about="A value that is computed by CEL when it is needed.",
)  # fmt: skip


def variables(
    *, fields: Collection[str] | None, inputs: Collection[str] | None = None, event: bool = False
) -> Variables:
    """The variables of a place and their names; `fields` None: of any type; `inputs` None: it asks for nothing."""
    result: dict[str, Collection[str] | None] = {
        "task": TASK, "fields": fields, "actor": ACTOR, "run": RUN, "now": None,
    }  # fmt: skip
    if inputs is not None:
        result["input"] = inputs
    if event:
        result["event"] = EVENT
    return result


class Computed(Shape):
    """A value of one shape, or the expression that gives it when it is needed."""

    def __init__(self, literal: Shape) -> None:
        super().__init__(nullable=literal.nullable)
        self.literal = copy(literal)
        self.literal.nullable = False

    def _read(self, value: Any, at: str, problems: Problems) -> Any:
        return (COMPUTATION if isinstance(value, Mapping) else self.literal).read(value, at, problems)

    def _schema(self) -> Schema:
        return alternatives(self.literal, COMPUTATION)

    def inner(self) -> Sequence[Shape]:
        return self.literal, COMPUTATION


def read_condition(body: Body, key: str, known: Variables) -> str | None:
    """A condition, type-checked; None if there is none. What is wrong is noted with line and column."""
    source = body.get(key)
    if source is None:
        return None
    problem = wrong_expression(source, known, boolean=True)
    if problem:
        body.wrong(key, problem)
        return None
    return str(source)


def wrong_expression(source: object, known: Variables, *, boolean: bool) -> str | None:
    """What is wrong with an expression, in a sentence; None if nothing is."""
    try:
        conditions.check(source, known, boolean=boolean)
    except ConditionError as error:
        where = _("Line %(line)s, column %(column)s: ") % vars(error) if error.line else ""
        return where + error.detail
    return None


def is_expression(value: object) -> bool:
    """Whether a value is to be computed: `{"cel": "…"}`."""
    return isinstance(value, dict) and set(value) == {EXPRESSION}


def has_expression(value: object) -> bool:
    """Whether a value, or something inside it, is to be computed."""
    if isinstance(value, dict):
        return is_expression(value) or any(map(has_expression, value.values()))
    return isinstance(value, list) and any(map(has_expression, value))


def wrong_values(value: Json, at: str, known: Variables) -> Iterator[Problem]:
    """The problems of all expressions in a value."""
    if is_expression(value):
        problem = wrong_expression(value[EXPRESSION], known, boolean=False)
        if problem:
            yield Problem(f"{at}/{EXPRESSION}", "invalid", problem)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from wrong_values(inner, f"{at}/{escape(str(key))}", known)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from wrong_values(inner, f"{at}/{index}", known)
