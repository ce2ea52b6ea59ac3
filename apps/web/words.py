"""People's words: how a status, a span of time and a party are called on a page (never lease, custody, handed_over)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.automation.failures import ZOMBIE

MINUTE, HOUR, DAY = 60, 3600, 86400


@dataclass(frozen=True)
class Words:
    """What a chip says: the text, its tone (a CSS class of .chip, or "") and its icon in the sprite."""

    label: str
    tone: str
    icon: str


@dataclass(frozen=True)
class State:
    """What a reader may know of where a task stands. References name the one asked and the one at work."""

    status: str
    waiting_for: str = ""
    worked_by: str = ""
    starts_at: datetime | None = None


def party_name(reference: str, names: Mapping[str, str] | None = None, me: str = "") -> str:
    """The name people know for `user:ana`, `team:dba`, `application:migrator` or `system`; "You" for `me`."""
    if reference and reference == me:
        return _("You")
    if reference in ("", "system"):
        return _("TaskHub") if reference else _("Nobody")
    return (names or {}).get(reference) or reference.partition(":")[2] or reference


def audience_words(who: str, names: Mapping[str, str] | None = None) -> str:
    """An audience of fields in people's words; a party by its name."""
    return {
        "everyone": _("everybody who sees the task"),
        "reporter": _("who asked for it"),
        "assignee": _("whoever it is assigned to"),
        "contributor": _("contributors"),
        "manager": _("managers"),
    }.get(who) or party_name(who, names)


def initials(name: str) -> str:
    """At most two letters that stand for a name."""
    parts = [part for part in name.replace("-", " ").replace(".", " ").replace("_", " ").split() if part]
    return "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper() or "?"


def status_words(state: State, names: Mapping[str, str] | None = None, me: str = "") -> Words:
    """A status as its reader `me` would say it: who has the task now."""
    if state.status == "handed_over":
        return Words(_waiting(state.waiting_for, names, me), "wait", "hand")
    if state.status == "in_progress":
        return Words(_working(state.worked_by, names, me), "run", "loader")
    if state.status == "new":
        return Words(_starts(state.starts_at), "", "circle-dot")
    return {
        "complete": Words(_("Done"), "ok", "circle-check"),
        "failed": Words(_("Failed"), "bad", "circle-x"),
        "retried": Words(_("Tried again"), "", "rotate-ccw"),
        "canceled": Words(_("Canceled"), "", "ban"),
        "aborted": Words(_("Stopped"), "bad", "ban"),
    }.get(state.status, Words(state.status.replace("_", " ").capitalize(), "", "circle"))


def _waiting(reference: str, names: Mapping[str, str] | None, me: str) -> str:
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


def _working(reference: str, names: Mapping[str, str] | None, me: str) -> str:
    if not reference:
        return _("In progress")
    if reference == me:
        return _("You are working on it")
    name = party_name(reference, names)
    if reference.startswith("application:"):
        return _("The %(name)s is working on it") % {"name": name}
    return _("%(name)s is working on it") % {"name": name}


def _starts(starts_at: datetime | None) -> str:
    if starts_at is None or starts_at <= timezone.now():
        return _("Waiting to start")
    if timezone.localdate(starts_at) == timezone.localdate():
        return _("Starts at %(time)s") % {"time": formats.time_format(timezone.localtime(starts_at), "H:i")}
    return _("Starts on %(day)s") % {"day": day_words(starts_at)}


def day_words(moment: datetime) -> str:
    """A day in the reader's zone without its year unless it is another one: "3 May", "3 May 2031"."""
    local = timezone.localtime(moment)
    same_year = local.year == timezone.localtime().year
    return formats.date_format(local, "j F" if same_year else "j F Y")


def span_words(span: timedelta | float) -> str:
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


def moment_words(moment: datetime) -> str:
    """A moment in the reader's zone: "Today 09:14", "Yesterday 17:02", "13 Nov 2025 09:14"."""
    local, today = timezone.localtime(moment), timezone.localdate()
    clock = formats.time_format(local, "H:i")
    day = {0: _("Today"), 1: _("Yesterday"), -1: _("Tomorrow")}.get((today - local.date()).days)
    if day is None:
        day = formats.date_format(local, "j M" if local.year == today.year else "j M Y")
    return f"{day} {clock}"


def due_words(due_at: datetime | None) -> Words:
    """When something is due: overdue is bad, within a day waits on a person, later is calm."""
    if due_at is None:
        return Words(_("No due date"), "", "clock")
    left = due_at - timezone.now()
    if left < timedelta(0):
        return Words(_("Overdue %(span)s") % {"span": span_words(left)}, "bad", "clock")
    if left < timedelta(hours=12):
        return Words(_("Due in %(span)s") % {"span": span_words(left)}, "wait", "clock")
    local = timezone.localtime(due_at)
    days = (local.date() - timezone.localdate()).days
    if days <= 1:
        return Words(_("Due tomorrow") if days else _("Due today"), "" if days else "wait", "clock")
    pattern = "D j M" if local.year == timezone.localdate().year else "j M Y"
    return Words(_("Due %(day)s") % {"day": formats.date_format(local, pattern)}, "", "clock")


def error_words(error: Mapping[str, Any] | None) -> tuple[str, str]:
    """An error's name and message; for a lost worker the words of people."""
    name, message = ((error or {}).get(key) or "" for key in ("name", "message"))
    return (_("The worker did not answer in time"), "") if name == ZOMBIE else (name, message)
