"""What every shape can do, and how problems are raised."""

from collections.abc import Sequence
from copy import copy
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from apps.core.budgets import PROBLEMS_LISTED
from apps.core.codes import Code
from apps.core.errors import Invalid, Problem

Schema = dict[str, Any]
Problems = list[Problem]

MOST_PROBLEMS = PROBLEMS_LISTED
LONGEST_TIME = 100


def raise_problems(problems: Problems) -> None:
    """Raises Invalid naming the problems, if there are any; its code is `unknown_field` if that is among them."""
    if problems:
        unknown = next((problem for problem in problems if problem.code == "unknown_field"), None)
        first = unknown or problems[0]
        code = Code.UNKNOWN_FIELD if unknown else Code.INVALID
        raise Invalid(first.detail, code=code, errors=problems)


class Shape:
    """One kind of value. A `nullable` one may be null; `description` is for the document."""

    def __init__(self, *, nullable: bool = False, description: str = "") -> None:
        self.nullable = nullable
        self.description = description

    def read(self, value: object, at: str, problems: Problems) -> object:
        """The value; None, with a problem noted, if it is not of this shape."""
        if value is None:
            if not self.nullable:
                problems.append(Problem(at, "null", _("Must not be null.")))
            return None
        return self._read(value, at, problems)

    def require(self, value: object) -> Any:
        """The value of a whole body. Raises Invalid naming every problem."""
        problems: Problems = []
        result = self.read(value, "", problems)
        raise_problems(problems)
        return result

    def schema(self) -> Schema:
        """Its JSON Schema, or a reference to the component that holds it."""
        schema = self._schema()
        if self.nullable and schema:
            schema = _or_null(schema)
        return {**schema, "description": self.description} if self.description else schema

    def inner(self) -> Sequence["Shape"]:
        """The shapes inside it."""
        return ()

    def _read(self, value: object, at: str, problems: Problems) -> object:
        raise NotImplementedError

    def _schema(self) -> Schema:
        raise NotImplementedError


Kind = TypeVar("Kind", bound=Shape)


def or_null(shape: Kind) -> Kind:
    """The same shape, or null."""
    result = copy(shape)
    result.nullable = True
    return result


def is_full(problems: Problems) -> bool:
    """Whether there are more problems than one answer lists: reading on would only cost time."""
    return len(problems) > MOST_PROBLEMS


def _or_null(schema: Schema) -> Schema:
    if "enum" in schema:
        return {**schema, "type": [schema["type"], "null"], "enum": [*schema["enum"], None]}
    if isinstance(schema.get("type"), str):
        return {**schema, "type": [schema["type"], "null"]}
    if "oneOf" in schema:
        return {**schema, "oneOf": [*schema["oneOf"], {"type": "null"}]}
    return {"oneOf": [schema, {"type": "null"}]}


def alternatives(*shapes: Shape) -> Schema:
    """One of several shapes. A time among them is a plain text: generators of clients make no unions of times."""
    return {"oneOf": [_without_format(shape.schema()) for shape in shapes]}


def _without_format(schema: Schema) -> Schema:
    if schema.get("format") != "date-time":
        return schema
    plain = {key: value for key, value in schema.items() if key != "format"}
    return {**plain, "maxLength": LONGEST_TIME, "description": "A time of RFC 3339, with its zone."}


def not_an_object(at: str) -> Problem:
    """The problem of a value that should be an object."""
    return Problem(at, "not_a_dict", _("Must be an object."))


def reference(name: str) -> Schema:
    """A component of the document."""
    return {"$ref": f"#/components/schemas/{name}"}
