"""Writing rows that are at hand: on PostgreSQL in one prepared statement, however many, sent as one document.

Elsewhere one statement is compiled once a process and run for each row, with nothing between the rows.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from django.db import DEFAULT_DB_ALIAS, connection, models, transaction

from . import statements
from .statements import Statement

Columns = tuple[tuple[str, str], ...]
"""Of each column the attribute that holds its value, and its name in the database."""


def insert(rows: Sequence[models.Model]) -> None:
    """Store new rows of one model, whose values are plain. Raises IntegrityError. Ids that the database gives are lost.

    No value of a document column that must not be null may be None; so for `change`.
    """
    if not rows:
        return
    model = type(rows[0])
    columns = _stored(model)
    if statements.are_prepared():
        _inserting(model).run({"rows": _document([_values(row, columns) for row in rows])})
    else:
        marks = ", ".join(["%s"] * len(columns))
        text = f'INSERT INTO "{model._meta.db_table}" ({_listed(columns)}) VALUES ({marks})'  # noqa: S608
        _run_for_each(text, [_sent(model, row.__dict__, columns) for row in rows])
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


def change_all(
    rows: Sequence[models.Model], changes: Sequence[Mapping[str, Any]], *, expected: Sequence[Mapping[str, Any]]
) -> int:
    """Set columns of each row that still has the expected values of others; answers how many had.

    All changes name the same columns, and so do all expectations. The objects stay as they are.
    """
    if not rows:
        return 0
    model = type(rows[0])
    setting, asking = _columns(model, tuple(changes[0])), _columns(model, tuple(expected[0]))
    settings = ", ".join(f'"{column}" = %s' for _, column in setting)
    conditions = " AND ".join(f'"{column}" = %s' for column in [str(model._meta.pk.column), *(c for _, c in asking)])
    key = _columns(model, (model._meta.pk.attname,))
    return _run_for_each(
        f'UPDATE "{model._meta.db_table}" SET {settings} WHERE {conditions}',  # noqa: S608
        [
            [*_sent(model, change, setting), *_sent(model, row.__dict__, key), *_sent(model, before, asking)]
            for row, change, before in zip(rows, changes, expected, strict=True)
        ],
    )


def _run_for_each(text: str, rows: list[list[Any]]) -> int:
    """Run the statement with the values of each row; answers how many rows were written."""
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.executemany(text, rows)
        return int(cursor.rowcount)


def _sent(model: type[models.Model], values: Mapping[str, Any], columns: Columns) -> list[Any]:
    """The values of these columns as the driver takes them."""
    fields = _fields(model)
    return [fields[name].get_db_prep_save(values[name], connection) for name, _ in columns]


@cache
def _fields(model: type[models.Model]) -> dict[str, Any]:
    return {field.attname: field for field in model._meta.concrete_fields}


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
