"""The inbox: its tabs, the groups of the open one, and the marks that its poll compares."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.tasks import pauses, queries
from apps.tasks.access import all_permissions
from apps.tasks.models import Handover, Task
from apps.web.contexts.pages import Inbox, InboxGroup, InboxTab
from apps.web.contexts.parts import Links, Named, Row
from apps.web.people import Names, actor_of, names_of

from . import row_marks
from .paging import page_of
from .rows import handover_row, task_row

TABS = ("waiting", "teams", "asked", "following", "done")
MOST_OPEN = 200


@dataclass(frozen=True)
class Waiting:
    """The most urgent that wait for the reader, and those that wait for their teams: as many of each as are shown."""

    mine: list[Handover]
    teams: list[Handover]

    def marks(self) -> str:
        """What a later look is compared with."""
        return row_marks.marks_of_handovers(self.mine + self.teams)


def waiting(request: HttpRequest) -> Waiting:
    """What lists and counts are made from; the badge too, unless there is more than is shown."""
    actor = actor_of(request)
    rows = Waiting(list(queries.waiting_on_me(actor)[:MOST_OPEN]), list(queries.waiting_on_teams(actor)[:MOST_OPEN]))
    if max(len(rows.mine), len(rows.teams)) < MOST_OPEN:
        request.inbox_count = len(rows.mine) + len(rows.teams)  # type: ignore[attr-defined]
    return rows


def inbox_page(request: HttpRequest) -> Inbox:
    """The open tab: `inbox` of `inbox/list.html`."""
    wanted = request.GET.get("tab", "")
    tab = wanted if wanted in TABS else TABS[0]
    names, rows = names_of(request), waiting(request)
    page: Links | None = None
    if tab == "waiting":
        groups = _by_day(rows.mine, names)
    elif tab == "teams":
        groups = _by_team(rows.teams, names)
    else:
        groups, page = _of_tasks(request, tab, names)
    together = _together(groups)
    if not together:
        for row in (row for group in groups for row in group["rows"]):
            row["pick"] = ""
    return {
        "tab": tab,
        "tabs": _tabs({"waiting": len(rows.mine), "teams": len(rows.teams)}),
        "groups": groups,
        "together": together,
        "page": page,
        "changes_url": f"{reverse('web:inbox_changes')}?tab={tab}&seen={rows.marks()}",
    }


def _together(groups: Iterable[InboxGroup]) -> list[Named]:
    """The actions that several rows have in common: they can be answered together."""
    offered = [action for group in groups for row in group["rows"] if row.get("pick") for action in row["actions"]]
    counts = Counter((action["name"], action["label"]) for action in offered)
    return [{"name": name, "label": label} for (name, label), count in counts.items() if count > 1]


def _tabs(counts: dict[str, int]) -> list[InboxTab]:
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


def _by_day(rows: Iterable[Handover], names: Names) -> list[InboxGroup]:
    tomorrow = timezone.make_aware(datetime.combine(timezone.localdate() + timedelta(days=1), time.min))
    today = [row for row in rows if row.due_at is not None and row.due_at < tomorrow]
    later = [row for row in rows if row not in today]
    overdue = sum(row.due_at is not None and row.due_at < timezone.now() for row in today)
    groups: list[InboxGroup] = [
        {"title": _("Due today"), "overdue": overdue, "rows": [handover_row(row, names) for row in today]},
        {"title": _("Later") if today else "", "rows": [handover_row(row, names) for row in later]},
    ]
    return [group for group in groups if group["rows"]]


def _by_team(rows: Iterable[Handover], names: Names) -> list[InboxGroup]:
    groups: dict[str, InboxGroup] = {}
    for row in rows:
        slug, title = (row.to_team.slug, row.to_team.title) if row.to_team else ("", "")
        group = groups.setdefault(slug, {"title": title, "team": slug, "rows": []})
        group["rows"] = [*group["rows"], handover_row(row, names, may_claim=True)]
    return list(groups.values())


def _of_tasks(request: HttpRequest, tab: str, names: Names) -> tuple[list[InboxGroup], Links]:
    actor = actor_of(request)
    if tab == "done":
        answered, page = page_of(queries.answered_by(actor), request.GET)
        pauses.learn(row.task for row in answered)
        rows = [_answered_row(row, names) for row in answered]
    else:
        read: Callable[[Actor], QuerySet[Task]] = queries.asked_for if tab == "asked" else queries.followed
        tasks, page = page_of(read(actor), request.GET)
        rows = [
            task_row(permissions.task, names, permissions.handover) for permissions in all_permissions(actor, tasks)
        ]
    return ([{"title": "", "rows": rows}] if rows else []), page


def _answered_row(handover: Handover, names: Names) -> Row:
    action = (handover.answer or {}).get("action", "")
    label = next((item["label"] for item in handover.actions if item["name"] == action), action)
    row = task_row(handover.task, names)
    note = _("You answered: %(action)s") % {"action": label} if label else ""
    row["title"], row["note"], row["since"] = handover.title, note, handover.ended_at
    return row


def change_count(request: HttpRequest) -> int:
    """How many rows have changed since the page that asks was made."""
    return row_marks.count_changes(request.GET.get("seen", ""), waiting(request).marks())
