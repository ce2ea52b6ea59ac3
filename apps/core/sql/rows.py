"""Writing rows that are at hand: on PostgreSQL in one prepared statement, however many, sent as one document.

Elsewhere one statement is run for each row, with nothing between the rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

import orjson
from django.db import DEFAULT_DB_ALIAS, connection, models, transaction
from django.db.models.base import ModelState

from . import statements
from .statements import Statement

Model = TypeVar("Model", bound=models.Model)
BATCH = 500
"""Rows of a statement where values are sent one by one."""
Columns = tuple[tuple[str, str], ...]
"""Of each column the attribute that holds its value, and its name in the database."""


def insert(*groups: Sequence[models.Model], back: tuple[str, ...] = ()) -> None:
    """Store new rows, whose values are plain: groups of one model each, in one statement. Raises IntegrityError.

    Ids that the database gives are lost. No value of a document column that must not be null may be None; so for `put`
    and `change`. `back` names document columns of the first row that are read back: the database may spell numbers
    otherwise, and what is answered of the row is what a read would find.
    """
    groups = tuple(group for group in groups if group)
    if not groups:
        return
    if not statements.are_prepared():
        for group in groups:
            _insert_each(group)
        return
    documents = {f"rows{place}": _rows(group) for place, group in enumerate(groups)}
    stored = _inserting(tuple(type(group[0]) for group in groups), back).run(documents)
    for name, value in zip(back, stored[0] if back else (), strict=True):
        setattr(groups[0][0], name, value)


def put(rows: Sequence[models.Model], *, unique: tuple[str, ...], changed: tuple[str, ...]) -> None:
    """The same; a row that is there already with the same `unique` columns gets the `changed` ones."""
    if not rows:
        return
    model = type(rows[0])
    if not statements.are_prepared():
        model._base_manager.bulk_create(
            rows, batch_size=BATCH, update_conflicts=True, unique_fields=unique, update_fields=changed
        )
        return
    _putting(model, unique, changed).run({"rows0": _rows(rows)})


def change(row: models.Model, *, expected: Mapping[str, object] | None = None, **values: object) -> bool:
    """Set columns of the row with this row's key, here and in the database; False: no row is as `expected`.

    `expected` names columns, each with the value that it must have, or with a list of them.
    """
    model, expected = type(row), expected or {}
    if not statements.are_prepared():
        conditions = {f"{name}__in" if _is_list(value) else name: value for name, value in expected.items()}
        changed = bool(model._base_manager.filter(pk=row.pk, **conditions).update(**values))
    else:
        columns, lists = _columns(model, tuple(values)), tuple(name for name in expected if _is_list(expected[name]))
        document = dict(zip(columns, map(_plain, values.values()), strict=True))
        statement = _changing(model, columns, tuple(expected), lists)
        changed = bool(statement.run({**expected, "row": _document(document), "key": row.pk}))
    if changed:
        for name, value in values.items():
            setattr(row, name, value)
    return changed


def change_all(
    rows: Sequence[models.Model], changes: Sequence[Mapping[str, Any]], *, expected: Sequence[Mapping[str, Any]]
) -> int:
    """Set columns of each row that still has the expected values of others; answers how many had.

    All changes name the same columns, and so do all expectations. The objects stay as they are.
    """
    if not rows:
        return 0
    model, key = type(rows[0]), (rows[0]._meta.pk.attname,)
    setting, asking = tuple(changes[0]), tuple(expected[0])
    settings = ", ".join(f'"{column}" = %s' for column in _columns(model, setting))
    conditions = " AND ".join(f'"{column}" = %s' for column in _columns(model, (*key, *asking)))
    return _run_for_each(
        f'UPDATE "{model._meta.db_table}" SET {settings} WHERE {conditions}',  # noqa: S608  (names of ours)
        [
            [*_sent(model, change, setting), *_sent(model, row.__dict__, key), *_sent(model, before, asking)]
            for row, change, before in zip(rows, changes, expected, strict=True)
        ],
    )


def _insert_each(rows: Sequence[models.Model]) -> None:
    model, columns = type(rows[0]), _stored(type(rows[0]))
    marks, names = ", ".join(["%s"] * len(columns)), _listed(column for _, column in columns)
    text = f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({marks})'  # noqa: S608  (names of ours)
    _run_for_each(text, [_sent(model, row.__dict__, [name for name, _ in columns]) for row in rows])
    _are_stored(rows)


def _run_for_each(text: str, rows: list[list[Any]]) -> int:
    """Run the statement with the values of each row; answers how many rows were written."""
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.executemany(text, rows)
        return int(cursor.rowcount)


def _sent(model: type[models.Model], values: Mapping[str, Any], names: Iterable[str]) -> list[Any]:
    """The values of these columns as the driver takes them."""
    fields = _fields(model)
    return [fields[name].get_db_prep_save(values[name], connection) for name in names]


@cache
def _fields(model: type[models.Model]) -> dict[str, Any]:
    return {field.attname: field for field in model._meta.concrete_fields}


def _are_stored(rows: Sequence[models.Model]) -> None:
    for row in rows:
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def _rows(rows: Sequence[models.Model]) -> str:
    """The document of rows that are about to be stored."""
    columns = _stored(type(rows[0]))
    _are_stored(rows)
    return _document([_values(row, columns) for row in rows])


def like(row: Model, **values: object) -> Model:
    """A new row that is equal to `row` but for these columns: what the model's constructor makes, ten times as fast.

    Lists and objects that `values` does not name are shared with `row`.
    """
    made = row.__class__.__new__(row.__class__)
    made.__dict__.update(row.__dict__)
    made._state = ModelState()
    made._state.fields_cache.update(row._state.fields_cache)
    made.__dict__.update(values)
    return made


@cache
def _stored(model: type[models.Model]) -> Columns:
    """The columns of a new row."""
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    return tuple((field.attname, str(field.column)) for field in fields)


@cache
def _inserting(of: tuple[type[models.Model], ...], back: tuple[str, ...]) -> Statement:
    """One INSERT for each model; all but the last, or all if something is read back, are parts of a WITH."""
    inserts = [_insertion(model, place) for place, model in enumerate(of)]
    if back:
        names = _listed(_columns(of[0], back))
        inserts[0] += f" RETURNING {names}"
        inserts.append(f"SELECT {names} FROM part0")  # noqa: S608
    parts = ", ".join(f"part{place} AS ({text})" for place, text in enumerate(inserts[:-1]))
    return Statement(f"WITH {parts} {inserts[-1]}" if parts else inserts[-1])


@cache
def _putting(model: type[models.Model], unique: tuple[str, ...], changed: tuple[str, ...]) -> Statement:
    taken = ", ".join(f'"{column}" = excluded."{column}"' for column in _columns(model, changed))
    return Statement(f"{_insertion(model)} ON CONFLICT ({_listed(_columns(model, unique))}) DO UPDATE SET {taken}")


def _insertion(model: type[models.Model], place: int = 0) -> str:
    table, columns = model._meta.db_table, _listed(column for _, column in _stored(model))
    source = f'jsonb_populate_recordset(NULL::"{table}", %(rows{place})s::jsonb)'
    return f'INSERT INTO "{table}" ({columns}) SELECT {columns} FROM {source}'  # noqa: S608  (names of ours)


@cache
def _changing(
    model: type[models.Model], changed: tuple[str, ...], expected: tuple[str, ...], lists: tuple[str, ...]
) -> Statement:
    table, columns, key = model._meta.db_table, _listed(changed), model._meta.pk.column
    source = f'(SELECT {columns} FROM jsonb_populate_record(NULL::"{table}", %(row)s::jsonb))'  # noqa: S608
    conditions = [f'"{key}" = %(key)s']
    for name, column in zip(expected, _columns(model, expected), strict=True):
        conditions.append(f'"{column}" = ' + (f"ANY(%({name})s)" if name in lists else f"%({name})s"))
    where = " AND ".join(conditions)
    return Statement(f'UPDATE "{table}" SET ({columns}) = {source} WHERE {where} RETURNING 1')  # noqa: S608


@cache
def _columns(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of these fields, which may be named as attributes (`task_id`) or relations (`task`)."""
    return tuple(str(model._meta.get_field(name).column) for name in names)  # type: ignore[union-attr]


def _plain(value: object) -> object:
    return value.pk if isinstance(value, models.Model) else value


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _values(row: models.Model, columns: Columns) -> dict[str, object]:
    """Without what is null: columns that a document does not name are."""
    values = row.__dict__
    return {column: value for name, column in columns if (value := values[name]) is not None}


def _document(value: object) -> str:
    return orjson.dumps(value, default=_spelled, option=orjson.OPT_NON_STR_KEYS).decode()


def _spelled(value: object) -> str:
    """Bytes as PostgreSQL reads them from text."""
    if isinstance(value, bytes | memoryview):
        return "\\x" + value.hex()
    raise TypeError(f"{type(value).__name__} has no place in a row")
