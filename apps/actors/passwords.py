"""One-time links with which people set their own passwords. Administrators make them, and the person hears of it.

A link is bound to the state of the account: it ends with time, when it was used, when the person signs in, when the
password or the address changes, and when another link is made.
"""

import logging

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import Conflict, Invalid, NotFound, Problem
from apps.core.ids import parse_uuid
from apps.core.timestamps import format_timestamp
from apps.events import event_types, log

from .actor import Actor
from .models import User
from .references import actor_of_user
from .sessions import end_other_sessions

logger = logging.getLogger(__name__)


class Tokens(PasswordResetTokenGenerator):
    """Django's, of which the newest alone is good."""

    key_salt = "apps.actors.passwords"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.password_link_at}"


tokens = Tokens()


@transaction.atomic
def make_link(*, actor: Actor, user: User, reason: str) -> str:
    """The path of a new link, shown this once: `/password/ID/TOKEN/`. The person is told by mail and on their pages.

    Raises Conflict for somebody who is not active.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if not user.is_active:
        raise Conflict(_("Nobody can sign in to this account: activate it first."))
    user.password_link_at, user.password_link_by = timezone.now(), str(actor)
    user.save(update_fields=["password_link_at", "password_link_by"])
    data = {"did": "password_link_made", "name": user.username, "reason": reason}
    log.record(type=event_types.ACCOUNT_CHANGED, actor=actor, data=data)
    words = _("%(who)s made a link to set your password at %(at)s. If you do not expect it, ask them.")
    at = format_timestamp(user.password_link_at)
    _mail(user, _("A link to set your password"), words % {"who": actor.name, "at": at})
    return f"/password/{user.pk}/{tokens.make_token(user)}/"


def user_of_link(id: str, token: str) -> User:
    """The person whose link it is. Raises NotFound for any link that is not good (any more)."""
    pk = parse_uuid(id)
    user = User.objects.filter(pk=pk, is_active=True).first() if pk else None
    if user is None or not tokens.check_token(user, token):
        raise NotFound()
    return user


@transaction.atomic
def set_by_link(id: str, token: str, password: str) -> User:
    """Store the password; the link and every session of the person end. Raises NotFound, Invalid."""
    known = user_of_link(id, token)
    User.objects.select_for_update(no_key=True).get(pk=known.pk)
    user = user_of_link(id, token)  # it may have been used while its row was locked
    try:
        validate_password(password, user)
    except ValidationError as error:
        problems = [Problem("/password", "invalid", text) for text in error.messages]
        raise Invalid(" ".join(error.messages), errors=problems) from None
    user.set_password(password)
    user.save(update_fields=["password"])
    end_other_sessions(user, None)
    data = {"did": "password_set", "name": user.username, "reason": "by link"}
    log.record(type=event_types.ACCOUNT_CHANGED, actor=actor_of_user(user), data=data)
    _mail(user, _("Your password was set"), _("Your password was set by the link that you were given."))
    return user


def _mail(user: User, subject: str, text: str) -> None:
    """Send a mail after the commit, if the person has an address. One that cannot be sent is a line in the log."""
    lines = [text, settings.BASE_URL] if settings.BASE_URL else [text]

    def send() -> None:
        try:
            send_mail(subject, "\n\n".join(lines) + "\n", None, [user.email])
        except Exception as error:  # each transport has errors of its own
            logger.warning("A mail about a password was not sent (%s).", type(error).__name__)

    if user.email:
        transaction.on_commit(send)
