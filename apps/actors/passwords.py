"""One-time links with which people set their own passwords. Administrators make them, and the person hears of it.

A link is bound to the state of the account: it ends with time, when it was used, when the person signs in, when the
password or the address changes, and when another link is made.
"""

import logging
from datetime import timedelta
from functools import partial

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
ADDRESS_REMEMBERED = timedelta(days=30)


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


def remember_address(user: User, *, before: User) -> None:
    """Store the address from before, when `user` gets another one; both are told.

    Changes in a row keep the address from before the first of them, else two would push it out.
    """
    user.previous_email = before.previous_email if _is_recent(before) else before.email
    user.email_changed_at = timezone.now()
    user.save(update_fields=["previous_email", "email_changed_at"])
    _mail(user, _("Your address was changed"), _("Mail of TaskHub goes to another address from now on."))


def tell_new_password(user: User) -> None:
    """Tell a person by mail that their password was changed."""
    text = _("Your password was changed. If it was not you, ask your administrator.")
    _mail(user, _("Your password was changed"), text)


def addresses_of(user: User) -> list[str]:
    """Where mail about the password goes: the address, and for ADDRESS_REMEMBERED the one from before a change, so that
    whoever changes it does not go on unseen."""
    before = [user.previous_email] if _is_recent(user) else []
    return [address for address in dict.fromkeys([user.email, *before]) if address]


def _is_recent(user: User) -> bool:
    return user.email_changed_at is not None and user.email_changed_at > timezone.now() - ADDRESS_REMEMBERED


def _mail(user: User, subject: str, text: str) -> None:
    """Send a mail to each address after the commit. One that cannot be sent is a line in the log."""
    lines = [text, settings.BASE_URL] if settings.BASE_URL else [text]

    def send(address: str) -> None:
        try:
            send_mail(subject, "\n\n".join(lines) + "\n", None, [address])
        except Exception as error:  # each transport has errors of its own
            logger.warning("A mail about a password was not sent (%s).", type(error).__name__)

    for address in addresses_of(user):
        transaction.on_commit(partial(send, address))
