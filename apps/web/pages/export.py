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
from apps.containers.spec import TypeSpec, spec_of
from apps.core.idle import let_go
from apps.tasks import queries
from apps.tasks.access import Standing, visible_fields
from apps.tasks.lifecycle import Status
from apps.tasks.models import Task, TaskQuerySet
from apps.tasks.rendering import standings

from .board import Place

PAGE = 500
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
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
    found: dict[str, str] = {}
    for kind in place.types:
        if kind.current is not None and type_name in ("", kind.name):
            known = containers.known_fields(place.actor, place.container, place.role, kind.current)
            spec = spec_of(kind.current)
            found |= {n: f.title for n, f in spec.fields.items() if n in known and not f.secret and n not in found}
    titles = list(found.values())
    return Columns({name: title if titles.count(title) == 1 else f"{title} ({name})" for name, title in found.items()})


def lines(place: Place, rows: TaskQuerySet, columns: Columns, zone: ZoneInfo) -> Iterator[str]:
    """The file in pieces, in the order in which the tasks were made. Between two pieces no connection is held."""
    let_go()
    yield BYTE_ORDER_MARK + _lines([columns.header()])
    last: Any = None
    while True:
        page = queries.loaded((rows.filter(pk__gt=last) if last else rows).order_by("id")[:PAGE])
        piece = _lines(_row(standing, columns, zone) for standing in standings(place.actor, page))
        let_go()
        if not page:
            return
        yield piece
        last = page[-1].pk


def _lines(rows: Any) -> str:
    """Rows as text, each cell guarded."""
    text = io.StringIO()
    csv.writer(text).writerows([guarded(cell) for cell in row] for row in rows)
    return text.getvalue()


def guarded(cell: Any) -> str:
    """The cell as text that no spreadsheet runs: an apostrophe before what looks like a formula. Numbers stay."""
    if isinstance(cell, int | float):
        return str(cell)
    text = str(cell or "").replace("\0", "")
    return f"'{text}" if text.lstrip(" \n").startswith(FORMULA) or text.startswith(("\t", "\r")) else text


def _row(standing: Standing, columns: Columns, zone: ZoneInfo) -> list[Any]:
    task, spec = standing.task, standing.spec
    reporter = task.reporter.username if task.reporter else None
    maker = task.created_by_application.name if task.created_by_application else ""
    return [
        task.key,
        task.title,
        task.description,
        task.type_version.type.title,
        Status(task.status).label,
        _stage(spec, task),
        task.assignee.username if task.assignee else "",
        reporter or maker,
        task.priority,
        ", ".join(map(str, task.tags)),
        *(_moment(moment, zone) for moment in (task.start_at, task.due_at, task.created_at, task.updated_at)),
        *_values(standing, columns.fields),
    ]


def _values(standing: Standing, names: Sequence[str] | dict[str, str]) -> list[Any]:
    seen, secrets = visible_fields(standing), standing.spec.secrets
    values = standing.task.fields
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


def _moment(moment: datetime | None, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds") if moment else ""
