"""What a person typed: named after them in each form, carried over a sign-in, and shown where it was refused.

Each form has a hidden input OWNER. Its value can be made only by this installation, and only for one person: so what is
posted after the session has ended, or with the token of an earlier one, is known to come from a page of that person.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from apps.web.contexts.parts import Conflicting

OWNER, CARRIED = "form_of", "carried"
SALT = "apps.web.typed"
PASSWORDS = frozenset({"password", "password1", "password2", "old_password", "new_password1", "new_password2"})
NOT_CARRIED = PASSWORDS | {"csrfmiddlewaretoken", OWNER, CARRIED}
# What forms send besides what was typed into them.
UNSEEN = frozenset({
    *NOT_CARRIED, "next", "version", "seen", "once", "enter", "step", "changed", "confirm", "action", "draft",
    "form_id", "add-row", "remove-row", "kind", "plan",
})  # fmt: skip
LONGEST_CARRIED = 600_000
"""How many characters a page carries; Django takes one megabyte."""
CARRIED_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Typed:
    """One post: its address, whose page it came from, the inputs, and the names of files by their input."""

    path: str
    owner: str
    pairs: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, str], ...] = ()

    @property
    def rows(self) -> list[Conflicting]:
        """What the person typed or chose, with labels; what they pressed besides."""
        typed: list[Conflicting] = [
            {"label": _label(name), "yours": text} for name, text in self.pairs if name not in UNSEEN and text
        ]
        given, kinds = dict(self.pairs), {"comment": _("Everybody who sees the task"), "work_note": _("The team only")}
        chosen: list[Conflicting] = [
            {"label": label, "yours": text}
            for label, text in (
                (_("Who may read this"), kinds.get(given.get("kind", ""), "")),
                (_("What you pressed"), given.get("action", "")),
            )
            if text
        ]
        return typed + chosen if typed else []

    def is_by(self, user: Any) -> bool:
        """Whether it came from a page of this person."""
        keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        return any(constant_time_compare(self.owner, _owner(user.pk, key)) for key in keys)


def owner_of(user: Any) -> str:
    """The value of OWNER in forms of this person; empty for nobody."""
    return _owner(user.pk, settings.SECRET_KEY) if getattr(user, "is_authenticated", False) else ""


def _owner(pk: object, key: str) -> str:
    return urlsafe_b64encode(salted_hmac(SALT, str(pk), secret=key, algorithm="sha256").digest()[:18]).decode()


def typed_in(request: HttpRequest) -> Typed:
    """What the request posts."""
    lists = request.POST.lists()
    pairs = tuple((name, text) for name, texts in lists if name not in NOT_CARRIED for text in texts)
    files = tuple((name, file.name or "") for name, rows in request.FILES.lists() for file in rows)
    return Typed(request.get_full_path(), request.POST.get(OWNER, ""), pairs, files)


def carry(typed: Typed) -> str:
    """The post as a text for a hidden input; empty if it is too long."""
    text = signing.dumps([typed.path, typed.owner, typed.pairs, typed.files], salt=SALT, compress=True)
    return text if len(text) <= LONGEST_CARRIED else ""


def carried(text: str) -> Typed | None:
    """The post that `carry` made the text of; None for any other text, and after CARRIED_FOR."""
    try:
        path, owner, pairs, files = signing.loads(text, salt=SALT, max_age=CARRIED_FOR)
    except signing.BadSignature:
        return None
    return Typed(path, owner, tuple((name, value) for name, value in pairs), tuple((n, file) for n, file in files))


def _label(name: str) -> str:
    words = name.removeprefix("fields.").replace("_", " ").replace(".", " ").strip()
    return words[:1].upper() + words[1:] if words else _("Text")
