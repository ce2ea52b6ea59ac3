"""The inbox: its tabs, the groups of the open one, and what the poll compares."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.tasks import queries
from apps.tasks.models import Handover
from apps.tasks.rendering import standings
from apps.web.people import Names, actor_of, names_of

from . import changes
from .paging import page_of
from .rows import handover_row, task_row

TABS = ("waiting", "teams", "asked", "following", "done")
MOST_OPEN = 200
Group = dict[str, Any]


def open_rows(request: HttpRequest) -> list[Handover]:
    """Everything that waits for the reader and their teams: badge, counts and lists come from this one query."""
    rows = list(queries.inbox(actor_of(request))[:MOST_OPEN])
    request.inbox_count = len(rows)  # type: ignore[attr-defined]
    return rows


def inbox_page(request: HttpRequest) -> dict[str, Any]:
    """The context of `inbox/list.html`."""
    wanted = request.GET.get("tab", "")
    tab = wanted if wanted in TABS else TABS[0]
    actor, names, rows = actor_of(request), names_of(request), open_rows(request)
    mine = [row for row in rows if is_mine(actor, row)]
    teams = [row for row in rows if not is_mine(actor, row)]
    page: dict[str, str] = {}
    if tab == "waiting":
        groups = _by_day(mine, names)
    elif tab == "teams":
        groups = _by_team(teams, names)
    else:
        groups, page = _of_tasks(request, tab, names)
    return {
        "tab": tab,
        "tabs": _tabs({"waiting": len(mine), "teams": len(teams)}),
        "groups": groups,
        "together": _together(groups),
        "page": page,
        "changes_url": f"{reverse('web:inbox_changes')}?tab={tab}&seen={changes.marks_of_handovers(rows)}",
    }


def _together(groups: Iterable[Group]) -> list[dict[str, str]]:
    """The actions that several rows have in common: they can be answered together."""
    offered = [action for group in groups for row in group["rows"] if row.get("pick") for action in row["actions"]]
    counts = Counter((action["name"], action["label"]) for action in offered)
    return [{"name": name, "label": label} for (name, label), count in counts.items() if count > 1]


def is_mine(actor: Actor, row: Handover) -> bool:
    """Given to the actor in person, or claimed by them; the rest waits for a team."""
    return actor.id in (row.to_user_id, row.claimed_by_id)


def _tabs(counts: dict[str, int]) -> list[dict[str, Any]]:
    titles = {
        "waiting": _("Waiting on me"),
        "teams": _("My teams"),
        "asked": _("I asked for"),
        "following": _("Following"),
        "done": _("Done by me"),
    }
    url = reverse("web:inbox")
    return [
        {
            "name": name,
            "title": titles[name],
            "count": counts.get(name),
            "url": url if name == "waiting" else f"{url}?tab={name}",
        }
        for name in TABS
    ]


def _by_day(rows: Iterable[Handover], names: Names) -> list[Group]:
    tomorrow = timezone.make_aware(datetime.combine(timezone.localdate() + timedelta(days=1), time.min))
    today = [row for row in rows if row.due_at is not None and row.due_at < tomorrow]
    later = [row for row in rows if row not in today]
    overdue = sum(row.due_at is not None and row.due_at < timezone.now() for row in today)
    groups: list[Group] = [
        {"title": _("Due today"), "overdue": overdue, "rows": [handover_row(row, names) for row in today]},
        {"title": _("Later") if today else "", "rows": [handover_row(row, names) for row in later]},
    ]
    return [group for group in groups if group["rows"]]


def _by_team(rows: Iterable[Handover], names: Names) -> list[Group]:
    groups: dict[str, Group] = {}
    for row in rows:
        slug, title = (row.to_team.slug, row.to_team.title) if row.to_team else ("", "")
        group = groups.setdefault(slug, {"title": title, "team": slug, "rows": []})
        group["rows"].append(handover_row(row, names, may_claim=True))
    return list(groups.values())


def _of_tasks(request: HttpRequest, tab: str, names: Names) -> tuple[list[Group], dict[str, str]]:
    actor = actor_of(request)
    if tab == "done":
        answered, page = page_of(queries.answered_by(actor), request.GET)
        rows = [_answered_row(row, names) for row in answered]
    else:
        read: Callable[[Actor], Any] = queries.asked_for if tab == "asked" else queries.followed
        tasks, page = page_of(read(actor), request.GET)
        rows = [task_row(standing.task, names, standing.handover) for standing in standings(actor, tasks)]
    return ([{"title": "", "rows": rows}] if rows else []), page


def _answered_row(handover: Handover, names: Names) -> dict[str, Any]:
    action = (handover.answer or {}).get("action", "")
    label = next((item["label"] for item in handover.actions if item["name"] == action), action)
    row = task_row(handover.task, names)
    ask = _("You answered: %(action)s") % {"action": label} if label else ""
    return row | {"title": handover.title, "note": ask, "since": handover.ended_at}


def change_count(request: HttpRequest) -> int:
    """How many rows have changed since the page that asks was made."""
    return changes.count_changes(request.GET.get("seen", ""), changes.marks_of_handovers(open_rows(request)))
