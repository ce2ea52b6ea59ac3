"""Writing rows that are at hand: on PostgreSQL in one kept statement, however many, sent as one document."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import orjson
from django.db import DEFAULT_DB_ALIAS, models

from . import statements
from .statements import Statement

BATCH = 500
"""Rows of a statement where values are sent one by one."""
Names = tuple[str, ...]


def insert(rows: Sequence[models.Model]) -> None:
    """Store new rows of one model, whose values are plain. Raises IntegrityError. Ids that the database gives are lost.

    No value of a document column that must not be null may be None; so for `change`.
    """
    if not rows:
        return
    model = type(rows[0])
    if not statements.are_kept():
        model._base_manager.bulk_create(rows, batch_size=BATCH)
        return
    names = _stored(model)
    _inserting(model).run({"rows": _document([_values(row, names) for row in rows])})
    for row in rows:
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def change(row: models.Model, **values: Any) -> None:
    """Set some columns of the row with this row's key."""
    for name, value in values.items():
        setattr(row, name, value)
    if not statements.are_kept():
        type(row)._base_manager.filter(pk=row.pk).update(**values)
        return
    names = tuple(values)
    _changing(type(row), names).run({"row": _document(_values(row, names)), "key": row.pk})


@cache
def _stored(model: type[models.Model]) -> Names:
    """The columns that are written; each is named as the attribute that holds its value."""
    return tuple(field.attname for field in model._meta.concrete_fields if not isinstance(field, models.AutoField))


@cache
def _inserting(model: type[models.Model]) -> Statement:
    table, columns = model._meta.db_table, _listed(_stored(model))
    told = f'jsonb_populate_recordset(NULL::"{table}", %(rows)s::jsonb)'
    return Statement(f'INSERT INTO "{table}" ({columns}) SELECT {columns} FROM {told}')  # noqa: S608  (names of ours)


@cache
def _changing(model: type[models.Model], names: Names) -> Statement:
    table, columns, key = model._meta.db_table, _listed(names), model._meta.pk.column
    told = f'(SELECT {columns} FROM jsonb_populate_record(NULL::"{table}", %(row)s::jsonb))'  # noqa: S608
    return Statement(f'UPDATE "{table}" SET ({columns}) = {told} WHERE "{key}" = %(key)s')  # noqa: S608


def _listed(names: Names) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _values(row: models.Model, names: Names) -> dict[str, Any]:
    values = row.__dict__
    return {name: values[name] for name in names}


def _document(value: Any) -> str:
    return orjson.dumps(value, default=_spelled, option=orjson.OPT_NON_STR_KEYS).decode()


def _spelled(value: Any) -> str:
    """Bytes as PostgreSQL reads them from text."""
    if isinstance(value, bytes | memoryview):
        return "\\x" + value.hex()
    raise TypeError(f"{type(value).__name__} has no place in a row")
