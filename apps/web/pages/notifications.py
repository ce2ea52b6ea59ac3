"""The list of a person's notifications."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.notifications import queries
from apps.notifications.models import Notification
from apps.web.contexts.pages import NotificationRow, NotificationsPage
from apps.web.people import Names, actor_of, names_of

from .paging import page_of
from .rows import task_url

Reason = Notification.Reason


def notifications_page(request: HttpRequest) -> NotificationsPage:
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


def _row(entry: queries.Entry, names: Names) -> NotificationRow:
    notification = entry.notification
    return {
        "id": str(notification.pk),
        "url": entry.path if entry.task is None or notification.reason == Reason.LOST else task_url(entry.task),
        "key": entry.subject,
        "title": entry.title,
        "actor": notification.actor,
        "words": _what(notification.reason),
        "reason": _why(entry),
        "at": notification.created_at,
        "unread": notification.read_at is None,
    }


def _what(reason: str) -> str:
    """The action of the actor, after their name."""
    return {
        Reason.ASKED: _("asks you"),
        Reason.TEAM_ASKED: _("asks your team"),
        Reason.FAILED_OVER: _("hands it to you: the automation stopped"),
        Reason.COMPLETE: _("completed it"),
        Reason.FOLLOWED: _("completed it"),
        Reason.COMMENT: _("commented"),
        Reason.WORK_NOTE: _("left a work note"),
        Reason.NAMED: _("notifies you of it"),
        Reason.REMINDED: _("reminds you: it still waits for you"),
        Reason.NOT_DONE: _("could not do what you planned"),
        Reason.RULE_FAILED: _("could not run a rule or transition"),
        Reason.OPENED: _("looks into it as an administrator"),
        Reason.SHARED: _("lets more people see it"),
        Reason.GIVEN_BACK: _("gives it back"),
        Reason.SCHEDULE: _("cannot make the task of its schedule"),
        Reason.UNATTENDED: _("sees that tasks are ready and no worker takes them"),
        Reason.PAUSED: _("paused it: none of its tasks runs"),
        Reason.SETTLED: _("has ended this operation"),
        Reason.HELD: _("holds this operation: the first few tasks did not go well"),
        Reason.LOST: _("made it private or moved it: you no longer see it"),
    }[Reason(reason)]


def _why(entry: queries.Entry) -> str:
    """Why the reader is notified, where the words do not say it."""
    reason = Reason(entry.notification.reason)
    if reason == Reason.GIVEN_BACK:
        return entry.reason
    return {
        Reason.COMPLETE: _("because you asked for it"),
        Reason.FOLLOWED: _("because you follow it"),
    }.get(reason, "")
