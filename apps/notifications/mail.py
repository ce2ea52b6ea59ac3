"""Mail of notifications, sent from rows: what is due is tried until it is sent or no longer concerns its reader.

A row is claimed by moving its due time on before the try, so two senders never take the same one, and one that
dies leaves it due again a little later. A mail says what happened and where to look; values of fields stay inside.
"""

import logging
import secrets
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors.queries import display_names
from apps.actors.references import actor_of_user
from apps.core import backoff, due

from . import queries
from .models import Notification

logger = logging.getLogger(__name__)

BATCH = 50
# Seconds for which a claimed row belongs to its sender.
CLAIM = 120
BACKOFF: backoff.Backoff = {"initial": 5, "factor": 2, "max": 900, "jitter": True}


def send_due(limit: int = BATCH) -> int:
    """Send the mails that are due, over one connection; how many were sent. Never raises for a mail."""
    rows = Notification.objects.filter(mail_due_at__lte=timezone.now()).order_by("mail_due_at")
    ids = list(rows.values_list("pk")[:limit])
    if not ids:
        return 0
    connection = get_connection()
    try:
        return due.work_off(ids, lambda id: _send_one(id, connection))
    finally:
        _close(connection)


def _send_one(id: UUID, connection: BaseEmailBackend) -> bool:
    row = _claim(id)
    if row is None:
        return False
    message = _message(row)
    if message is None:
        _settle(row, mail_due_at=None)
        return False
    message.connection = connection
    try:
        message.send()
    except Exception as error:  # each transport has errors of its own
        wait = backoff.delay(BACKOFF, row.mail_attempts, secrets.SystemRandom().random)
        logger.warning("A mail was not sent (%s); tried again in %.0f s", type(error).__name__, wait)
        _close(connection)
        _settle(row, mail_due_at=timezone.now() + timedelta(seconds=wait))
        return False
    _settle(row, mail_due_at=None, mailed_at=timezone.now())
    return True


def _claim(id: UUID) -> Notification | None:
    now = timezone.now()
    due = Notification.objects.filter(pk=id, mail_due_at__lte=now)
    if not due.update(mail_due_at=now + timedelta(seconds=CLAIM), mail_attempts=F("mail_attempts") + 1):
        return None
    return Notification.objects.select_related("user", "task", "handover").filter(pk=id).first()


def _settle(row: Notification, **columns: object) -> None:
    Notification.objects.filter(pk=row.pk, mail_attempts=row.mail_attempts).update(**columns)


def _close(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except Exception as error:
        logger.info("The mail connection did not close: %s", type(error).__name__)


# --- The text ---------------------------------------------------------------------------------------


def _message(row: Notification) -> EmailMessage | None:
    """The mail, or None if it no longer concerns the person: gone, hidden, or read while it could not be sent."""
    actor = actor_of_user(row.user)
    stale = row.mail_attempts > 1 and row.read_at is not None
    if stale or not (row.user.is_active and row.user.email):
        return None
    shown = queries.entries(actor, queries.list_notifications(actor).filter(pk=row.pk))
    if not shown:
        return None
    return EmailMessage(
        subject=_subject(shown[0]),
        body=_text(shown[0]),
        to=[row.user.email],
        headers={"Message-ID": f"<{row.pk}@{_host()}>", "Auto-Submitted": "auto-generated"},
    )


def _subject(entry: queries.Entry) -> str:
    text = f"{entry.subject}: {entry.title} ({entry.reason})"
    return " ".join(text.split())[:200]


def _text(entry: queries.Entry) -> str:
    words = {"who": _name(entry.notification.actor), "reason": entry.reason}
    lines = [_("%(who)s: %(reason)s.") % words, entry.title]
    handover = entry.notification.handover
    if handover is not None and handover.due_at is not None:
        lines.append(_("Due: %s UTC") % handover.due_at.strftime("%Y-%m-%d %H:%M"))
    if settings.BASE_URL:  # a path alone leads nowhere
        lines.append(settings.BASE_URL + entry.path)
    return "\n\n".join(lines) + "\n"


def _name(reference: str) -> str:
    return "TaskHub" if reference == "system" else display_names([reference]).get(reference, reference)


def _host() -> str:
    return urlsplit(settings.BASE_URL).hostname or "taskhub.invalid"
