"""Comparing one value in a JSON column: the same rows on SQLite and on PostgreSQL.

A value is compared only if it is of the type that is asked for. Texts compare by code points, case and all; numbers by
their value; date-times by the moment that they name.
"""

import json
from collections.abc import Sequence
from typing import Literal

from django.db.models import BooleanField, Expression, F

from apps.core.json_types import Json
from apps.core.timestamps import MOMENT_SORT_KEY

Kind = Literal["text", "number", "boolean", "moment"]
Operator = Literal["=", ">", ">=", "<", "<=", "contains"]
TYPES_ON_POSTGRESQL: dict[Kind, str] = {"text": "string", "number": "number", "boolean": "boolean", "moment": "string"}
TYPES_ON_SQLITE: dict[Kind, str] = {
    "text": "('text')", "number": "('integer', 'real')", "boolean": "('true', 'false')", "moment": "('text')",
}  # fmt: skip


class ColumnCondition(Expression):
    """A condition on a column of the row, spelled for each database by `as_postgresql` and `as_sqlite`."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, column: str) -> None:
        super().__init__()
        self.column: Json = F(column)

    def resolve_expression(self, query: Json = None, *args: Json, **kwargs: Json) -> Json:
        resolved = self.copy()
        resolved.column = self.column.resolve_expression(query, *args, **kwargs)
        return resolved

    def get_source_expressions(self) -> list[Json]:
        return [self.column]

    def set_source_expressions(self, exprs: Sequence[Json]) -> None:
        (self.column,) = exprs


class Member(ColumnCondition):
    """Whether a JSON column, or the array under one of its keys, has an element equal to `value`."""

    def __init__(self, column: str, key: str | None, value: Json) -> None:
        super().__init__(column)
        self.key, self.value = key, value

    def as_postgresql(self, compiler: Json, connection: Json) -> tuple[str, list[Json]]:
        sql, params = compiler.compile(self.column)
        path, keys = ("", []) if self.key is None else (" -> %s", [self.key])
        return f"(({sql}{path}) @> %s::jsonb)", [*params, *keys, json.dumps([self.value])]

    def as_sqlite(self, compiler: Json, connection: Json) -> tuple[str, list[Json]]:
        sql, params = compiler.compile(self.column)
        path = "$" if self.key is None else _path(self.key)
        types = TYPES_ON_SQLITE[_kind_of(self.value)]
        equal = f"json_each.type IN {types} AND json_each.value = %s"
        rows = f"EXISTS(SELECT 1 FROM json_each({sql}, %s) WHERE {equal})"  # noqa: S608
        return f"(json_type({sql}, %s) = 'array' AND {rows})", [*params, path, *params, path, self.value]


class Asks(ColumnCondition):
    """Condition on Handover: it asks for the field of this name."""

    def __init__(self, name: str) -> None:
        super().__init__("fields")
        self.name = name

    def as_postgresql(self, compiler: Json, connection: Json) -> tuple[str, list[Json]]:
        sql, params = compiler.compile(self.column)
        return f"({sql} @> %s::jsonb)", [*params, json.dumps([{"name": self.name}])]

    def as_sqlite(self, compiler: Json, connection: Json) -> tuple[str, list[Json]]:
        sql, params = compiler.compile(self.column)
        names = f"SELECT json_extract(json_each.value, '$.name') FROM json_each({sql})"  # noqa: S608
        return f"(%s IN ({names}))", [self.name, *params]


class Comparison(ColumnCondition):
    """Whether the value of a field is of a kind and compares with `right`; for a moment this is its sort key."""

    def __init__(self, name: str, kind: Kind, operator: Operator, right: Json) -> None:
        super().__init__("fields")
        self.name, self.kind, self.operator, self.right = name, kind, operator, right

    def as_postgresql(self, compiler: Json, connection: Json) -> tuple[str, list[Json]]:
        column, params = compiler.compile(self.column)
        left = {
            "text": 'text COLLATE "C"',
            "number": "text::numeric",
            "boolean": "text::boolean",
            "moment": f'({MOMENT_SORT_KEY}) COLLATE "C"',
        }[self.kind]
        holds = "strpos(text, %s) > 0" if self.operator == "contains" else f"{left} {self.operator} %s"
        value = f"SELECT jsonb_typeof({column} -> %s) AS type, {column} ->> %s AS text"
        rows = f"SELECT CASE WHEN type = '{TYPES_ON_POSTGRESQL[self.kind]}' THEN {holds} END FROM ({value}) AS value"  # noqa: S608
        return f"COALESCE(({rows}), false)", [self.right, *params, self.name, *params, self.name]

    def as_sqlite(self, compiler: Json, connection: Json) -> tuple[str, list[Json]]:
        column, params = compiler.compile(self.column)
        left = "moment_sort_key(value)" if self.kind == "moment" else "value"
        holds = "instr(value, %s) > 0" if self.operator == "contains" else f"{left} {self.operator} %s"
        value = f"SELECT json_type({column}, %s) AS type, json_extract({column}, %s) AS value"
        rows = f"SELECT CASE WHEN type IN {TYPES_ON_SQLITE[self.kind]} THEN {holds} END FROM ({value})"  # noqa: S608
        return f"COALESCE(({rows}), false)", [self.right, *params, _path(self.name), *params, _path(self.name)]


def _kind_of(value: Json) -> Kind:
    if isinstance(value, bool):
        return "boolean"
    return "text" if isinstance(value, str) else "number"


def _path(key: str) -> str:
    return f"$.{json.dumps(key)}"
