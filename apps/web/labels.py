"""The labels of statuses, spans of time and parties on pages (never lease, custody, handed_over)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.automation.failure_decision import ZOMBIE
from apps.tasks.pauses import Pause
from apps.tasks.queries import COUNTED_TO

from .timestamps import local_time

MINUTE, HOUR, DAY = 60, 3600, 86400


@dataclass(frozen=True)
class Chip:
    """A chip: its text, its tone (a CSS class of .chip, or "") and its icon in the sprite."""

    label: str
    tone: str
    icon: str


@dataclass(frozen=True)
class State:
    """The state of a task as its reader may know it. References name the party that is asked and the one at work."""

    status: str
    waiting_for: str = ""
    worked_by: str = ""
    starts_at: datetime | None = None
    pause: Pause | None = None
    skipped: bool = False


def party_name(reference: str, names: Mapping[str, str] | None = None, me: str = "") -> str:
    """The name people know for `user:ana`, `team:dba`, `application:migrator` or `system`; "You" for `me`."""
    if reference and reference == me:
        return _("You")
    if reference in ("", "system"):
        return _("TaskHub") if reference else _("Nobody")
    return (names or {}).get(reference) or reference.partition(":")[2] or reference


def audience_name(who: str, names: Mapping[str, str] | None = None) -> str:
    """An audience of fields in people's words; a party by its name."""
    return {
        "everyone": _("everybody who sees the task"),
        "reporter": _("the person who asked for it"),
        "assignee": _("the person it is assigned to"),
        "contributor": _("contributors"),
        "manager": _("managers"),
    }.get(who) or party_name(who, names)


def initials(name: str) -> str:
    """At most two letters that stand for a name."""
    parts = [part for part in name.replace("-", " ").replace(".", " ").replace("_", " ").split() if part]
    return "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper() or "?"


def status_chip(state: State, names: Mapping[str, str] | None = None, me: str = "") -> Chip:
    """A status in the words of its reader `me`: the party that has the task now."""
    if state.status == "handed_over":
        return Chip(_handed_over_to(state.waiting_for, names, me), "wait", "hand")
    if state.status == "in_progress":
        return Chip(_in_progress(state.worked_by, names, me), "run", "loader")
    if state.pause is not None:
        return Chip(paused_text(state.pause, names), "wait", "circle-pause")
    if state.skipped:
        return Chip(_("Skipped"), "", "circle-slash")
    if state.status == "new":
        return Chip(_starts(state.starts_at), "", "circle-dot")
    return {
        "complete": Chip(_("Done"), "ok", "circle-check"),
        "failed": Chip(_("Failed"), "bad", "circle-x"),
        "retried": Chip(_("Tried again"), "", "rotate-ccw"),
        "canceled": Chip(_("Canceled"), "", "ban"),
        "aborted": Chip(_("Stopped"), "bad", "ban"),
    }.get(state.status, Chip(state.status.replace("_", " ").capitalize(), "", "circle"))


def _handed_over_to(reference: str, names: Mapping[str, str] | None, me: str) -> str:
    if not reference:
        return _("Waiting for a person")
    if reference == me:
        return _("Waiting for you")
    name = party_name(reference, names)
    if not reference.startswith("team:"):
        return _("Waiting for %(name)s") % {"name": name}
    if name.lower().endswith("team"):
        return _("Waiting for the %(name)s") % {"name": name}
    return _("Waiting for the %(name)s team") % {"name": name}


def _in_progress(reference: str, names: Mapping[str, str] | None, me: str) -> str:
    if not reference:
        return _("In progress")
    if reference == me:
        return _("You are working on it")
    name = party_name(reference, names)
    if reference.startswith("application:"):
        return _("The %(name)s is working on it") % {"name": name}
    return _("%(name)s is working on it") % {"name": name}


def paused_text(pause: Pause, names: Mapping[str, str] | None = None) -> str:
    """Who paused the function that a task waits for, since when, and why."""
    words = {"who": party_name(pause.by, names), "time": timestamp_text(pause.since), "why": pause.reason}
    return _("Paused by %(who)s since %(time)s: %(why)s") % words


def _starts(starts_at: datetime | None) -> str:
    if starts_at is None or starts_at <= timezone.now():
        return _("Waiting to start")
    if local_time(starts_at).date() == timezone.localdate():
        return _("Starts at %(time)s") % {"time": clock_text(starts_at)}
    return _("Starts on %(day)s") % {"day": day_text(starts_at)}


def clock_text(timestamp: datetime) -> str:
    """The time of day in the reader's zone: "09:14"."""
    return formats.time_format(local_time(timestamp), "H:i")


def day_text(timestamp: datetime) -> str:
    """A day in the reader's zone without its year unless it is another one: "3 May", "3 May 2031"."""
    local = local_time(timestamp)
    same_year = local.year == timezone.localtime().year
    return formats.date_format(local, "j F" if same_year else "j F Y")


def duration_text(span: timedelta | float) -> str:
    """A length of time in at most two units: "41 s", "20 min", "2 h 40 min", "3 days"."""
    seconds = abs(round(span.total_seconds() if isinstance(span, timedelta) else span))
    if seconds < MINUTE:
        return _("%(n)d s") % {"n": seconds}
    if seconds < HOUR:
        return _("%(n)d min") % {"n": seconds // MINUTE}
    if seconds >= DAY:
        return ngettext("%(n)d day", "%(n)d days", seconds // DAY) % {"n": seconds // DAY}
    hours, minutes = divmod(seconds // MINUTE, 60)
    if not minutes:
        return _("%(h)d h") % {"h": hours}
    return _("%(h)d h %(m)02d min") % {"h": hours, "m": minutes}


def timestamp_text(timestamp: datetime) -> str:
    """A time in the reader's zone: "Today 09:14", "Yesterday 17:02", "13 Nov 2025 09:14"."""
    local, today = local_time(timestamp), timezone.localdate()
    clock = formats.time_format(local, "H:i")
    day = {0: _("Today"), 1: _("Yesterday"), -1: _("Tomorrow")}.get((today - local.date()).days)
    if day is None:
        day = formats.date_format(local, "j M" if local.year == today.year else "j M Y")
    return f"{day} {clock}"


def due_chip(due_at: datetime | None) -> Chip:
    """When something is due: overdue is bad, within a day waits on a person, later is calm."""
    if due_at is None:
        return Chip(_("No due date"), "", "clock")
    left = due_at - timezone.now()
    if left < timedelta(0):
        return Chip(_("Overdue %(span)s") % {"span": duration_text(left)}, "bad", "clock")
    if left < timedelta(hours=12):
        return Chip(_("Due in %(span)s") % {"span": duration_text(left)}, "wait", "clock")
    local = local_time(due_at)
    days = (local.date() - timezone.localdate()).days
    if days <= 1:
        return Chip(_("Due tomorrow") if days else _("Due today"), "" if days else "wait", "clock")
    pattern = "D j M" if local.year == timezone.localdate().year else "j M Y"
    return Chip(_("Due %(day)s") % {"day": formats.date_format(local, pattern)}, "", "clock")


def error_texts(error: Mapping[str, Any] | None) -> tuple[str, str]:
    """An error's name and message; for a lost worker the words of people."""
    name, message = ((error or {}).get(key) or "" for key in ("name", "message"))
    return (_("The worker did not answer in time"), "") if name == ZOMBIE else (name, message)


def count_text(count: int) -> int | str:
    """A count that ends at COUNTED_TO, as it is shown."""
    return count if count < COUNTED_TO else f"{COUNTED_TO - 1}+"
