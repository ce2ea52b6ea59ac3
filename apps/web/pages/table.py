"""A container's tasks as a list with sortable columns; sort and filters live in the address."""

from contextlib import nullcontext

from django.contrib import messages
from django.db.models import F
from django.db.models.expressions import OrderBy
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.core.sql.limits import at_most
from apps.tasks import queries
from apps.tasks.access import TaskPermissions
from apps.tasks.models import TaskQuerySet
from apps.web.contexts.containers import Column, TablePage, TableRow
from apps.web.people import Names, names_of

from .board import FILTERS, Place, head, narrowed
from .paging import page_of, with_values
from .rows import know_parties, state_of, task_url

SORTS = {
    "key": ("key",),
    "title": ("title",),
    "type": ("type_version__type__title",),
    "status": ("status",),
    "assignee": ("assignee__username",),
    "due": ("due_at",),
    "changed": ("updated_at",),
}
DEFAULT = "-changed"
READ_IN_ORDER = frozenset({"status", "changed"})
"""Sorts that an index has; by the others no more than MOST_SORTED tasks are sorted."""


def table_page(request: HttpRequest, place: Place) -> TablePage:
    """The context of `containers/tasks.html`."""
    wanted = request.GET.get("sort", "")
    sort = wanted if wanted.removeprefix("-") in SORTS else DEFAULT
    is_filtered = any(request.GET.get(name) for name in FILTERS)
    with at_most() if is_filtered else nullcontext():
        rows = listed(request, place)
        if sort.removeprefix("-") not in READ_IN_ORDER and not queries.can_be_sorted(rows):
            messages.info(request, _("There are too many tasks to sort them by that: filter them first."))
            sort = DEFAULT
        tasks, page = page_of(rows.order_by(*_order(sort)), request.GET, load=queries.loaded)
    names = names_of(request)
    return {
        **head(request, place, "list"),
        "columns": [_column(request, name, sort) for name in SORTS],
        "rows": [_row(permissions, names) for permissions in place.permissions(tasks)],
        "page": page,
        "filtered": is_filtered,
        "clear_url": reverse("web:container_list", args=[place.container.slug]),
        "csv_url": reverse("web:container_csv", args=[place.container.slug])
        + with_values(request.GET, page="", sort=""),
    }


def listed(request: HttpRequest, place: Place) -> TaskQuerySet:
    """The tasks that the address's filters leave."""
    rows = queries.listed_for(place.actor, place.container.slug).current()
    return rows.filter(narrowed(request), container=place.container)


def _order(sort: str) -> list[OrderBy]:
    """What has no value stands last either way, on every database. Of an index's columns each has one."""
    name, down = sort.removeprefix("-"), sort.startswith("-")
    columns = [F(column) for column in (*SORTS[name], "id")]
    last = None if name in READ_IN_ORDER else True
    return [column.desc(nulls_last=last) if down else column.asc(nulls_last=last) for column in columns]


def _column(request: HttpRequest, name: str, sort: str) -> Column:
    titles = {
        "key": _("Key"),
        "title": _("Title"),
        "type": _("Type"),
        "status": _("Status"),
        "assignee": _("Who"),
        "due": _("Due"),
        "changed": _("Changed"),
    }
    is_sorted = sort.removeprefix("-") == name
    down = is_sorted and sort.startswith("-")
    turned = f"-{name}" if is_sorted and not down else name
    return {
        "label": titles[name],
        "sort_url": with_values(request.GET, sort=turned, page=""),
        "sorted": ("descending" if down else "ascending") if is_sorted else "",
    }


def _row(permissions: TaskPermissions, names: Names) -> TableRow:
    task = permissions.task
    know_parties(names, task, permissions.handover)
    return {
        "key": task.key or "",
        "url": task_url(task),
        "title": task.title,
        "type": task.type_version.type.title,
        "state": state_of(task, permissions.handover),
        "who": task.assignee.reference if task.assignee else "",
        "due_at": task.due_at,
        "updated_at": task.updated_at,
    }
