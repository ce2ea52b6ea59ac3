"""What is planned for a task, beside it: what changes, when, by whom; and why a plan came to nothing."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.tasks import services
from apps.tasks.access import Standing, access_when_free
from apps.tasks.lifecycle import Status
from apps.tasks.models import ScheduledUpdate
from apps.tasks.services import planning
from apps.web.people import Names, names_of, zone_of
from apps.web.words import day_words, party_name

from .events import Teller
from .menu import action_url

REFUSED_SHOWN = timedelta(days=7)
State = ScheduledUpdate.State


def plan_rows(request: HttpRequest, standing: Standing) -> list[dict[str, Any]]:
    """The plans that exist for the reader, and those of the last days that were refused."""
    names = names_of(request)
    teller = Teller(standing, names, zone_of(request))
    since = timezone.now() - REFUSED_SHOWN
    rows = services.list_scheduled_updates(standing)
    shown = [row for row in rows if row.state == State.PENDING or (row.state == State.REFUSED and row.at >= since)]
    names.expect(*(row.created_by for row in shown))
    return [_row(standing, row, teller, _maker(standing, row, names)) for row in shown]


def _maker(standing: Standing, row: ScheduledUpdate, names: Names) -> str:
    if row.is_of(standing.actor):
        return _("Planned by you")
    return _("Planned by %(name)s") % {"name": party_name(row.created_by, names)}


def _row(standing: Standing, row: ScheduledUpdate, teller: Teller, by: str) -> dict[str, Any]:
    rendered = planning.render(standing, row)
    may_drop = planning.may_drop(standing, row)
    title = _("Changes by itself on %(day)s") if row.state == State.PENDING else _("Was to change on %(day)s")
    return {
        "at": row.at,
        "title": title % {"day": day_words(row.at)},
        "changes": teller.planned(planned_part(rendered)),
        "by": by,
        "why": rendered["error"]["detail"] if rendered["error"] else "",
        "delete_url": reverse("web:scheduled_update_drop", args=[row.pk]) if may_drop else "",
    }


def planned_part(rendered: dict[str, Any]) -> dict[str, Any]:
    """Name → new value, as events tell it."""
    said = {name: value for name, value in rendered["set"].items() if name != "fields"}
    said |= {f"fields.{name}": value for name, value in rendered["set"].get("fields", {}).items()}
    return said | ({"transition": rendered["transition"]} if rendered["transition"] else {})


def plan_url(standing: Standing) -> str:
    """Where a change is planned; "" if the reader could plan none."""
    if standing.task.status == Status.RETRIED or not standing.actor.is_user:
        return ""
    able = standing.is_asker or own_fields(standing) or offered(standing)
    return action_url(standing.task, "plan") if able else ""


def own_fields(standing: Standing) -> list[str]:
    """The fields that the reader may write when nobody else has the task."""
    free = access_when_free(standing)
    return [name for name, found in free.items() if found.level == "write" and name not in standing.spec.secrets]


def offered(standing: Standing) -> list[tuple[str, str]]:
    """Where the reader could move it: the type's own buttons that ask for nothing, else its stages."""
    spec = standing.spec
    if spec.manual:
        mine = [way for way in spec.manual if standing.audiences & set(way["who"])]
        return [(f"transition:{way['name']}", way["title"]) for way in mine if not _requires(way)]
    return [(f"stage:{stage.name}", stage.title) for stage in spec.stages] if standing.is_asker else []


def _requires(way: dict[str, Any]) -> bool:
    return bool(way["input"] and way["input"].get("required"))
