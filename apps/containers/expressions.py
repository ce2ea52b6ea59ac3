"""Expressions in pushed documents: which variables there are, and refusing what would not work, where it stands."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.core import conditions
from apps.core.body import Body
from apps.core.conditions import ConditionError
from apps.core.errors import Problem
from apps.core.strict_json import escape

Variables = Mapping[str, Collection[str] | None]

TASK = (
    "id", "key", "container", "type", "type_version", "title", "description", "status", "status_changed_at", "stage",
    "function", "priority", "start_at", "due_at", "tags", "correlation_id", "external_id", "privacy", "reporter",
    "assignee", "created_by_application", "created_by_user", "error", "result", "run", "step", "cancel_requested",
    "created_at", "updated_at",
)  # fmt: skip
"""What `task` has: words of the REST contract; moments are texts (`timestamp(task.due_at) < now`)."""
ACTOR = ("kind", "name", "reference", "audiences")
EVENT = ("id", "type", "time", "actor", "data")
RUN = ("id", "step")
EXPRESSION = "cel"


def variables(
    *, fields: Collection[str] | None, inputs: Collection[str] | None = None, event: bool = False
) -> Variables:
    """The variables of a place and their names; `fields` None: of any type; `inputs` None: it asks for nothing."""
    found: dict[str, Collection[str] | None] = {
        "task": TASK, "fields": fields, "actor": ACTOR, "run": RUN, "now": None,
    }  # fmt: skip
    if inputs is not None:
        found["input"] = inputs
    if event:
        found["event"] = EVENT
    return found


def read_condition(body: Body, key: str, known: Variables) -> str | None:
    """A condition, type-checked; None if there is none. What is wrong is noted with line and column."""
    source = body.take(key)
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


def wrong_values(value: Any, at: str, known: Variables) -> Iterator[Problem]:
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
