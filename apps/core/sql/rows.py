"""Writing rows that are at hand: on PostgreSQL in one prepared statement, however many, sent as one document."""

from collections.abc import Sequence
from functools import cache

import orjson
from django.db import DEFAULT_DB_ALIAS, models

from . import statements
from .statements import Statement

BATCH = 500
"""Rows of a statement where values are sent one by one."""
Columns = tuple[tuple[str, str], ...]
"""Of each column the attribute that holds its value, and its name in the database."""


def insert(rows: Sequence[models.Model]) -> None:
    """Store new rows of one model, whose values are plain. Raises IntegrityError. Ids that the database gives are lost.

    No value of a document column that must not be null may be None; so for `change`.
    """
    if not rows:
        return
    model = type(rows[0])
    if not statements.are_prepared():
        model._base_manager.bulk_create(rows, batch_size=BATCH)
        return
    columns = _stored(model)
    _inserting(model).run({"rows": _document([_values(row, columns) for row in rows])})
    for row in rows:
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def change(row: models.Model, **values: object) -> None:
    """Set some columns of the row with this row's key."""
    for name, value in values.items():
        setattr(row, name, value)
    if not statements.are_prepared():
        type(row)._base_manager.filter(pk=row.pk).update(**values)
        return
    columns = _columns(type(row), tuple(values))
    _changing(type(row), columns).run({"row": _document(_values(row, columns)), "key": row.pk})


def change_all(rows: Sequence[models.Model], names: Sequence[str], *, expected: str, values: Sequence[int]) -> int:
    """Store some columns of many rows of one model, of each if its column `expected` still has its value.

    Answers how many were stored.
    """
    if not rows:
        return 0
    model, columns = type(rows[0]), _columns(type(rows[0]), tuple(names))
    if not statements.are_prepared():
        found = [
            model._base_manager.filter(pk=row.pk, **{expected: old}) for row, old in zip(rows, values, strict=True)
        ]
        return sum(
            one.update(**{name: getattr(row, name) for name, _ in columns})
            for row, one in zip(rows, found, strict=True)
        )
    document = _document([_values(row, (*columns, _key(model))) for row in rows])
    old = {"keys": [row.pk for row in rows], "old": list(values)}
    return len(_changing_all(model, columns, expected).run({"rows": document, **old}))


def _key(model: type[models.Model]) -> tuple[str, str]:
    return model._meta.pk.attname, str(model._meta.pk.column)


@cache
def _changing_all(model: type[models.Model], changed: Columns, expected: str) -> Statement:
    table, key = model._meta.db_table, _key(model)[1]
    new = ", ".join(f'n."{column}"' for _, column in changed)
    source = f'jsonb_populate_recordset(NULL::"{table}", %(rows)s::jsonb) n'
    return Statement(
        f'UPDATE "{table}" t SET ({_listed(changed)}) = ROW({new}) FROM {source} '  # noqa: S608
        f'JOIN unnest(%(keys)s::uuid[], %(old)s::bigint[]) AS e(key, old) ON e.key = n."{key}" '
        f'WHERE t."{key}" = n."{key}" AND t."{expected}" = e.old RETURNING t."{key}"'
    )


@cache
def _stored(model: type[models.Model]) -> Columns:
    """The columns of a new row."""
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    return tuple((field.attname, str(field.column)) for field in fields)


@cache
def _columns(model: type[models.Model], names: tuple[str, ...]) -> Columns:
    """The columns behind these attributes."""
    return tuple(column for column in _stored(model) if column[0] in names)


@cache
def _inserting(model: type[models.Model]) -> Statement:
    table, columns = model._meta.db_table, _listed(_stored(model))
    source = f'jsonb_populate_recordset(NULL::"{table}", %(rows)s::jsonb)'
    return Statement(f'INSERT INTO "{table}" ({columns}) SELECT {columns} FROM {source}')  # noqa: S608  (names of ours)


@cache
def _changing(model: type[models.Model], changed: Columns) -> Statement:
    table, columns, key = model._meta.db_table, _listed(changed), model._meta.pk.column
    source = f'(SELECT {columns} FROM jsonb_populate_record(NULL::"{table}", %(row)s::jsonb))'  # noqa: S608
    return Statement(f'UPDATE "{table}" SET ({columns}) = {source} WHERE "{key}" = %(key)s')  # noqa: S608


def _listed(columns: Columns) -> str:
    return ", ".join(f'"{column}"' for _, column in columns)


def _values(row: models.Model, columns: Columns) -> dict[str, object]:
    values = row.__dict__
    return {column: values[name] for name, column in columns}


def _document(value: object) -> str:
    return orjson.dumps(value, default=_spelled, option=orjson.OPT_NON_STR_KEYS).decode()


def _spelled(value: object) -> str:
    """Bytes as PostgreSQL reads them from text."""
    if isinstance(value, bytes | memoryview):
        return "\\x" + value.hex()
    raise TypeError(f"{type(value).__name__} has no place in a row")
