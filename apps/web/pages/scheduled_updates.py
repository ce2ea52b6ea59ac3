"""The scheduled updates of a task: their changes, time and author; and the reason of a refused one."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.containers.type_document.documents import TransitionDocument
from apps.tasks import access, queries, rendering
from apps.tasks.access import TaskPermissions, access_when_free
from apps.tasks.lifecycle import Status
from apps.tasks.models import ScheduledUpdate
from apps.web.contexts.parts import Choice
from apps.web.contexts.task import ScheduledRow
from apps.web.labels import clock_text, day_text, party_name
from apps.web.people import Names, names_of, zone_of

from .event_entries import EventEntries
from .menu import action_url

REFUSED_SHOWN = timedelta(days=7)
State = ScheduledUpdate.State


def plan_rows(request: HttpRequest, permissions: TaskPermissions) -> list[ScheduledRow]:
    """The scheduled updates that the reader sees, and those that were refused in the last days."""
    names = names_of(request)
    writer = EventEntries(permissions, names, zone_of(request))
    since = timezone.now() - REFUSED_SHOWN
    rows = queries.list_scheduled_updates(permissions)
    shown = [row for row in rows if row.state == State.PENDING or (row.state == State.REFUSED and row.at >= since)]
    names.expect(*(row.created_by for row in shown))
    return [_row(permissions, row, writer, _maker(permissions, row, names)) for row in shown]


def _maker(permissions: TaskPermissions, row: ScheduledUpdate, names: Names) -> str:
    if row.is_of(permissions.actor):
        return _("Planned by you")
    return _("Planned by %(name)s") % {"name": party_name(row.created_by, names)}


def _row(permissions: TaskPermissions, row: ScheduledUpdate, writer: EventEntries, by: str) -> ScheduledRow:
    rendered = rendering.render_scheduled_update(permissions, row)
    may_drop = access.may_drop_update(permissions, row)
    title = _("Changes by itself on %(day)s") if row.state == State.PENDING else _("Was to change on %(day)s")
    return {
        "clock": clock_text(row.at),
        "title": title % {"day": day_text(row.at)},
        "changes": writer.planned(planned_part(rendered)),
        "by": by,
        "why": rendered["error"]["detail"] if rendered["error"] else "",
        "delete_url": reverse("web:scheduled_update_drop", args=[row.pk]) if may_drop else "",
    }


def planned_part(rendered: dict[str, Any]) -> dict[str, Any]:
    """Name → new value, as events record it."""
    changes = {name: value for name, value in rendered["set"].items() if name != "fields"}
    changes |= {f"fields.{name}": value for name, value in rendered["set"].get("fields", {}).items()}
    return changes | ({"transition": rendered["transition"]} if rendered["transition"] else {})


def plan_url(permissions: TaskPermissions) -> str:
    """The address of the form of a plan; "" if the reader could plan nothing."""
    if permissions.task.status == Status.RETRIED or not permissions.actor.is_user:
        return ""
    able = permissions.is_asker or own_fields(permissions) or offered(permissions)
    return action_url(permissions.task, "plan") if able else ""


def own_fields(permissions: TaskPermissions) -> list[str]:
    """The fields that the reader may write when nobody else has the task."""
    free = access_when_free(permissions)
    return [name for name, field in free.items() if field.level == "write" and name not in permissions.spec.secrets]


def offered(permissions: TaskPermissions) -> list[Choice]:
    """The moves that the reader could plan: the type's transitions without input, else its stages."""
    spec = permissions.spec
    if spec.manual:
        mine = [way for way in spec.manual if permissions.audiences & set(way["who"])]
        return [(f"transition:{way['name']}", way["title"]) for way in mine if not _requires(way)]
    return [(f"stage:{stage.name}", stage.title) for stage in spec.stages] if permissions.is_asker else []


def _requires(way: TransitionDocument) -> bool:
    return bool(way["input"] and way["input"].get("required"))
