"""The list of what a person has been told, in their words."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.notifications import queries
from apps.notifications.models import Notification
from apps.web.people import Names, actor_of, names_of

from .paging import page_of
from .rows import task_url

Reason = Notification.Reason


def notifications_page(request: HttpRequest) -> dict[str, Any]:
    """The context of `notifications/list.html`."""
    actor, names = actor_of(request), names_of(request)
    rows, page = page_of(queries.list_notifications(actor), request.GET)
    entries = queries.entries(actor, rows)
    names.expect(*(entry.notification.actor for entry in entries))
    request.unread_count = unread = queries.unread_count(actor)  # type: ignore[attr-defined]
    return {
        "rows": [_row(entry, names) for entry in entries],
        "any_unread": unread > 0,
        "read_url": reverse("web:notifications_read"),
        "here": request.get_full_path(),
        "page": page,
    }


def _row(entry: queries.Entry, names: Names) -> dict[str, Any]:
    told = entry.notification
    return {
        "id": str(told.pk),
        "url": task_url(entry.task),
        "key": entry.task.key or "",
        "title": entry.title,
        "actor": told.actor,
        "words": _what(told.reason),
        "reason": _why(told.reason),
        "at": told.created_at,
        "unread": told.read_at is None,
    }


def _what(reason: str) -> str:
    """What the actor did, after their name."""
    return {
        Reason.ASKED: _("asks you"),
        Reason.TEAM_ASKED: _("asks your team"),
        Reason.FAILED_OVER: _("hands it to you: the automation stopped"),
        Reason.COMPLETE: _("completed it"),
        Reason.FOLLOWED: _("completed it"),
        Reason.COMMENT: _("commented"),
        Reason.WORK_NOTE: _("left a work note"),
        Reason.TOLD: _("tells you of it"),
        Reason.REMINDED: _("reminds you: it still waits for you"),
        Reason.NOT_DONE: _("could not do what you planned"),
        Reason.OPENED: _("looks into it as an administrator"),
    }[Reason(reason)]


def _why(reason: str) -> str:
    """Why the reader hears of it, where the words before do not say it."""
    return {
        Reason.COMPLETE: _("because you asked for it"),
        Reason.FOLLOWED: _("because you follow it"),
    }.get(Reason(reason), "")
