"""Lookups that every request makes: their SQL is compiled once a process, then only run.

Compiling a query with joins costs Django more than running it costs the database. The queryset is built once with
marks in place of values; what it compiles to is kept, and each call puts its own values where the marks stood.
"""

import copy
import uuid
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.query import get_related_populators
from django.db.models.sql.constants import MULTI

Row = TypeVar("Row", bound=models.Model)
Value = uuid.UUID | str


@dataclass(frozen=True)
class _Compiled:
    """A compiler that has done its work, and where the values go in what it made."""

    compiler: Any
    sql: str
    parameters: tuple[Any, ...]
    places: dict[int, int]
    """Position among the parameters → position among the values."""
    converters: dict[int, Any]
    """What makes a Python value of what the driver gives, by column."""


class Prepared(Generic[Row]):
    """Calls give UUIDs and texts, as many as `build` takes, always of the same types.

    The shape of the query may depend on a `key`, which `build` then gets first; nothing else of it may vary.
    """

    def __init__(self, build: Callable[..., models.QuerySet[Row]]) -> None:
        self.build = build
        self.compiled: dict[Hashable, _Compiled] = {}

    def first(self, *values: Value, key: Hashable = None) -> Row | None:
        """The first row, or None."""
        rows = self.rows(*values, key=key)
        return rows[0] if rows else None

    def rows(self, *values: Value, key: Hashable = None) -> list[Row]:
        """All rows, with what the queryset joins by `select_related`."""
        shape = (key, *map(type, values))
        compiled = self.compiled.get(shape)
        if compiled is None:
            compiled = self.compiled[shape] = self._compile(key, values)
        return _run(compiled, values)

    def _compile(self, key: Hashable, values: tuple[Value, ...]) -> _Compiled:
        marks = [uuid.uuid4() if isinstance(value, uuid.UUID) else uuid.uuid4().hex for value in values]
        queryset = self.build(*marks) if key is None else self.build(key, *marks)
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        spelled = {_stored(mark): index for index, mark in enumerate(marks)}
        places = {at: spelled[value] for at, value in enumerate(parameters) if _is_mark(value, spelled)}
        converters = compiler.get_converters([column[0] for column in compiler.select])
        return _Compiled(compiler, sql, tuple(parameters), places, converters)


def _is_mark(value: object, marks: dict[Any, int]) -> bool:
    return isinstance(value, uuid.UUID | str) and value in marks


def _stored(value: Value) -> Value:
    """The value as the database's driver takes it."""
    native = connections[DEFAULT_DB_ALIAS].features.has_native_uuid_field
    return value.hex if isinstance(value, uuid.UUID) and not native else value


def _run(compiled: _Compiled, values: tuple[Value, ...]) -> list[Any]:
    parameters = list(compiled.parameters)
    for at, index in compiled.places.items():
        parameters[at] = _stored(values[index])
    compiler = copy.copy(compiled.compiler)
    compiler.connection = connections[DEFAULT_DB_ALIAS]
    compiler.as_sql = lambda *_, **__: (compiled.sql, tuple(parameters))
    compiler.setup_query = lambda *_, **__: None
    compiler.get_converters = lambda *_: compiled.converters
    return list(_instances(compiler, compiler.results_iter(compiler.execute_sql(MULTI))))


def _instances(compiler: Any, rows: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
    """What `ModelIterable` makes of rows; those that refer to the same object get the same one."""
    info, select = compiler.klass_info, compiler.select
    start, end = info["select_fields"][0], info["select_fields"][-1] + 1
    names = [column[0].target.attname for column in select[start:end]]
    populators = get_related_populators(info, select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]
    known: dict[tuple[int, Any], Any] = {}
    for row in rows:
        made = info["model"].from_db(DEFAULT_DB_ALIAS, names, row[start:end])
        for populator in populators:
            _join(populator, row, made, known)
        yield made


def _join(populator: Any, row: tuple[Any, ...], made: Any, known: dict[tuple[int, Any], Any]) -> None:
    """What `RelatedPopulator.populate` does along a foreign key, making each object once."""
    columns = row[populator.cols_start : populator.cols_end]
    place = id(populator), columns[populator.pk_idx]
    if place not in known and place[1] is not None:
        known[place] = populator.model_cls.from_db(DEFAULT_DB_ALIAS, populator.init_list, columns)
        for inner in populator.related_populators:
            _join(inner, row, known[place], known)
    populator.local_setter(made, known.get(place))
