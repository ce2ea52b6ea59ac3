"""A container's list as CSV: the rows and columns that its reader sees, page by page, never all in memory."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from apps.containers import queries as containers
from apps.containers.type_document.spec import TypeSpec, spec_of
from apps.core.sql.connections import release_connection
from apps.core.text import is_blank
from apps.tasks import queries
from apps.tasks.access import TaskPermissions, visible_fields
from apps.tasks.lifecycle import Status
from apps.tasks.models import Task, TaskQuerySet
from apps.web.timestamps import local_time

from .board import Place

PAGE = 500
FORMULA = ("=", "+", "-", "@", ";", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a cell begins that a spreadsheet would take for a formula."""
BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True)
class Columns:
    """Names of fields and their titles; beside the columns that all tasks have."""

    fields: dict[str, str]

    def header(self) -> list[str]:
        """The first line."""
        plain = [_("Key"), _("Title"), _("Description"), _("Type"), _("Status"), _("Stage"), _("Assignee")]
        more = [_("Asked by"), _("Priority"), _("Tags"), _("Starts"), _("Due"), _("Created"), _("Changed")]
        return [*plain, *more, *self.fields.values()]


def columns_of(place: Place, type_name: str = "") -> Columns:
    """The fields that the reader's role opens to them in the container's types. Secret ones are in no column."""
    titled: dict[str, str] = {}
    for kind in place.types:
        if kind.current is not None and type_name in ("", kind.name):
            known = containers.known_fields(place.actor, place.container, place.role, kind.current)
            spec = spec_of(kind.current)
            shown = {name: field.title for name, field in spec.fields.items() if name in known and not field.secret}
            titled = {**shown, **titled}
    titles = list(titled.values())
    return Columns({name: title if titles.count(title) == 1 else f"{title} ({name})" for name, title in titled.items()})


def lines(place: Place, rows: TaskQuerySet, columns: Columns, zone: ZoneInfo) -> Iterator[str]:
    """The file in pieces, in the order in which the tasks were made. Between two pieces no connection is held."""
    release_connection()
    yield BYTE_ORDER_MARK + _lines([columns.header()])
    last: Any = None
    while True:
        further = rows.filter(pk__gt=last) if last else rows
        parts = [further.filter(status=status).order_by("id")[:PAGE] for status in Status if status != Status.RETRIED]
        page = queries.loaded(queries.merged(parts).order_by("id")[:PAGE])
        piece = _lines(_row(permissions, columns, zone) for permissions in place.permissions(page))
        release_connection()
        if not page:
            return
        yield piece
        last = page[-1].pk


def _lines(rows: Any) -> str:
    """Rows as text, each cell guarded."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([guarded(cell) for cell in row] for row in rows)
    return text.getvalue()


def guarded(cell: Any) -> str:
    """The cell as text that no spreadsheet runs: an apostrophe before what looks like a formula. Numbers stay."""
    if isinstance(cell, int | float):
        return str(cell)
    text = str(cell or "").replace("\0", "")
    seen = text.lstrip("".join(filter(is_blank, set(text))))
    return f"'{text}" if seen.startswith(FORMULA) or text.startswith(("\t", "\r")) else text


def _row(permissions: TaskPermissions, columns: Columns, zone: ZoneInfo) -> list[Any]:
    task, spec = permissions.task, permissions.spec
    reporter = task.reporter.username if task.reporter else None
    maker = task.created_by_application.name if task.created_by_application else ""
    return [
        task.key,
        task.title,
        task.description,
        task.type_version.type.title,
        _("Skipped") if task.is_skipped else Status(task.status).label,
        _stage(spec, task),
        task.assignee.username if task.assignee else "",
        reporter or maker,
        task.priority,
        ", ".join(map(str, task.tags)),
        *(_timestamp(timestamp, zone) for timestamp in (task.start_at, task.due_at, task.created_at, task.updated_at)),
        *_values(permissions, columns.fields),
    ]


def _values(permissions: TaskPermissions, names: Sequence[str] | dict[str, str]) -> list[Any]:
    seen, secrets = visible_fields(permissions), permissions.spec.secrets
    values = permissions.task.fields
    return [_cell(values.get(name)) if name in seen and name not in secrets else "" for name in names]


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list) and not any(isinstance(item, list | dict) for item in value):
        return ", ".join(map(str, value))
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else value


def _stage(spec: TypeSpec, task: Task) -> str:
    stage = spec.stage(task.stage)
    return stage.title if stage else task.stage


def _timestamp(timestamp: datetime | None, zone: ZoneInfo) -> str:
    return local_time(timestamp, zone).isoformat(timespec="seconds") if timestamp else ""
