"""To whom a task goes when its automation fails or stays silent: accepted at push, by types and functions alike."""

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _

from apps.actors import references
from apps.core.body import Body
from apps.core.errors import Invalid

from . import asks

# How private a task is, widest first (domain: privacy).
PRIVACIES = ("inherit", "restricted", "private", "application")
# What a task may become to be shown to a person that its privacy does not name.
PASSABLE = PRIVACIES[:2]
LONGEST_WAIT = 366 * 24 * 3600


def read_failover(
    body: Body, *, declared: Collection[str] | None, privacy: str = "inherit", min_privacy: str = "inherit"
) -> dict[str, Any]:
    """The target as it is kept: `{to, after, message, title, fields, actions, privacy}`.

    `to` must exist; `after` is in seconds. `declared` are the fields of the type, None for a function's target.
    Where tasks of `privacy` could not be passed to it, `privacy` must be said, and not be wider than `min_privacy`.
    """
    failover = {
        "to": _read_target(body),
        "after": body.whole("after", least=1, most=LONGEST_WAIT),
        "title": body.text("title", most=300),
        "message": body.text("message", most=10_000, default="", blank=True),
        "fields": asks.read_fields(body, declared=declared),
        "actions": asks.read_actions(body),
        "privacy": body.choice("privacy", PASSABLE),
    }
    if failover["privacy"] is None and privacy not in PASSABLE and not body.has("privacy"):
        detail = _("Tasks of this privacy cannot be passed to anybody: say the privacy that they get.")
        body.wrong("privacy", detail)
    if failover["privacy"] is not None and rank(failover["privacy"]) < rank(min_privacy):
        body.wrong("privacy", _("Must not be wider than min_privacy."))
    body.refuse_unknown()
    return failover


def rank(privacy: str) -> int:
    """How narrow a privacy is."""
    return PRIVACIES.index(privacy)


def _read_target(body: Body) -> str | None:
    reference = body.text("to")
    try:
        return references.find(reference, pointer=body.pointer("to"), kinds=("user", "team")).reference
    except Invalid as error:
        if not any(problem.pointer == body.pointer("to") for problem in body.problems):
            body.wrong("to", error.detail)
        return None
