"""Lookups that every request makes: their SQL is compiled once a process, then only run.

Compiling a query with joins costs Django more than running it costs the database. The queryset is built once with
marks in place of values; what it compiles to is cached, and each call puts its own values where the marks stood.
On PostgreSQL the statement is planned once a connection as well.
"""

import copy
import re
import uuid
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.base import ModelState
from django.db.models.query import get_related_populators
from django.db.models.sql.constants import MULTI

from apps.core.caches import Cache

from . import statements
from .statements import Statement, literal

Row = TypeVar("Row", bound=models.Model)
Value = uuid.UUID | str


@dataclass(frozen=True)
class _Place:
    """Where a value goes: which of them, and what stands around it if it is part of a text."""

    index: int
    before: str = ""
    after: str = ""

    def fill(self, values: Sequence[Value]) -> Value:
        """The parameter with its value in it."""
        value = values[self.index]
        return f"{self.before}{value}{self.after}" if self.before or self.after else value


@dataclass(frozen=True)
class _Compiled:
    """A compiler that has done its work, and the statement that it made."""

    compiler: Any
    sql: str
    statement: Statement | None
    """The same for PostgreSQL, with the values in it that no call brings."""
    parameters: tuple[Any, ...]
    """Values, and places of those that each call brings."""
    converters: dict[int, Any]
    """What makes a Python value of what the driver gives, by column."""


class Prepared(Generic[Row]):
    """Calls give UUIDs and texts, as many as `build` takes, always of the same types.

    The shape of the query may depend on a `key`, which `build` then gets first; nothing else of it may vary.
    """

    def __init__(self, build: Callable[..., models.QuerySet[Row]]) -> None:
        self.build = build
        self.compiled: Cache[Hashable, _Compiled] = Cache(500)

    def first(self, *values: Value, key: Hashable = None) -> Row | None:
        """The first row, or None."""
        rows = self.rows(*values, key=key)
        return rows[0] if rows else None

    def rows(self, *values: Value, key: Hashable = None) -> list[Row]:
        """All rows, with what the queryset joins by `select_related`."""
        shape = (key, *map(type, values))
        compiled = self.compiled.get_or_make(shape, lambda: self._compile(key, values))
        rows = _prepared_rows if statements.are_prepared() else _rows
        return list(_instances(compiled.compiler, rows(compiled, values)))

    def _compile(self, key: Hashable, values: tuple[Value, ...]) -> _Compiled:
        marks = [uuid.uuid4() if isinstance(value, uuid.UUID) else uuid.uuid4().hex for value in values]
        queryset = self.build(*marks) if key is None else self.build(key, *marks)
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, given = compiler.as_sql()
        parameters = tuple(_marked(parameter, marks) for parameter in given)
        columns = [column[0] for column in compiler.select]
        if not statements.are_prepared():
            return _Compiled(compiler, sql, None, parameters, compiler.get_converters(columns))
        statement, places = _prepared(sql, parameters)
        plain = [None if isinstance(column.output_field, models.JSONField) else column for column in columns]
        return _Compiled(compiler, sql, statement, places, compiler.get_converters(plain))


def _marked(parameter: object, marks: Sequence[Value]) -> object:
    """The place that a parameter is, or itself."""
    for index, mark in enumerate(marks):
        if parameter == mark or parameter == _stored(mark):
            return _Place(index)
        if isinstance(parameter, str) and str(mark) in parameter:
            return _Place(index, *parameter.split(str(mark)))
    return parameter


def _stored(value: Value) -> Value:
    """The value as the database's driver takes it."""
    native = connections[DEFAULT_DB_ALIAS].features.has_native_uuid_field
    return value.hex if isinstance(value, uuid.UUID) and not native else value


def _prepared(sql: str, parameters: tuple[object, ...]) -> tuple[Statement, tuple[_Place, ...]]:
    """The statement with the values in it that no call brings, so that partial indexes are found; and the places."""
    left, places = iter(parameters), dict.fromkeys(part for part in parameters if isinstance(part, _Place))
    names = {place: str(number) for number, place in enumerate(places)}

    def spell(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%%"
        parameter = next(left)
        return f"%({names[parameter]})s" if isinstance(parameter, _Place) else literal(parameter)

    return Statement(re.sub("%[%s]", spell, sql)), tuple(places)


def _prepared_rows(compiled: _Compiled, values: tuple[Value, ...]) -> Iterable[tuple[object, ...]]:
    given = {str(number): place.fill(values) for number, place in enumerate(compiled.parameters)}
    rows = compiled.statement.run(given) if compiled.statement else []
    return compiled.compiler.apply_converters(rows, compiled.converters) if compiled.converters else rows


def _rows(compiled: _Compiled, values: tuple[Value, ...]) -> Iterable[tuple[object, ...]]:
    """The same through Django's cursors."""
    parameters = [_stored(part.fill(values)) if isinstance(part, _Place) else part for part in compiled.parameters]
    compiler = copy.copy(compiled.compiler)
    compiler.connection = connections[DEFAULT_DB_ALIAS]
    compiler.as_sql = lambda *_, **__: (compiled.sql, tuple(parameters))
    compiler.setup_query = lambda *_, **__: None
    compiler.get_converters = lambda *_: compiled.converters
    rows: Iterable[tuple[object, ...]] = compiler.results_iter(compiler.execute_sql(MULTI))
    return rows


def _instances(compiler: Any, rows: Iterable[tuple[object, ...]]) -> Iterator[Any]:
    """What `ModelIterable` makes of rows; those that refer to the same object get the same one."""
    info, select = compiler.klass_info, compiler.select
    start, end = info["select_fields"][0], info["select_fields"][-1] + 1
    names = [column[0].target.attname for column in select[start:end]]
    populators = get_related_populators(info, select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]
    known: dict[tuple[int, Any], Any] = {}
    for row in rows:
        made = made_of(info["model"], names, row[start:end])
        for populator in populators:
            _join(populator, row, made, known)
        made.__dict__.update({name: row[place] for name, place in compiler.annotation_col_map.items()})
        yield made


def made_of(model: Any, names: Sequence[str], values: Sequence[object]) -> Any:
    """What `Model.from_db` makes, without the loops and signals of its constructor.

    A model with a method `was_read` is called here as well.
    """
    made = model.__new__(model)
    made._state = ModelState()
    made._state.adding, made._state.db = False, DEFAULT_DB_ALIAS
    made.__dict__.update(zip(names, values, strict=True))
    if hasattr(model, "was_read"):
        made.was_read()
    return made


def _join(populator: Any, row: tuple[object, ...], made: Any, known: dict[tuple[int, Any], Any]) -> None:
    """What `RelatedPopulator.populate` does along a foreign key, making each object once."""
    columns = row[populator.cols_start : populator.cols_end]
    place = id(populator), columns[populator.pk_idx]
    if place not in known and place[1] is not None:
        known[place] = made_of(populator.model_cls, populator.init_list, columns)
        for inner in populator.related_populators:
            _join(inner, row, known[place], known)
    populator.local_setter(made, known.get(place))
