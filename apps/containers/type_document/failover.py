"""To whom a task goes when its automation fails or stays silent: read alike for types and functions."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from apps.actors import references
from apps.core.body import Body
from apps.core.errors import Invalid
from apps.core.shapes import Choice, Object, Text, Title, Whole

from . import requests
from .documents import FailoverDocument

# How private a task is, widest first.
PRIVACIES = ("inherit", "restricted", "private", "application")
# What a task may become to be shown to a person that its privacy does not name.
PASSABLE = PRIVACIES[:2]
LONGEST_WAIT = 366 * 24 * 3600
LONGEST_TITLE, LONGEST_MESSAGE = 300, 10_000
FAILOVER = Object(
    {
        "to": Text(200, description="user:NAME or team:SLUG"),
        "after": Whole(1, LONGEST_WAIT, description="Seconds that a task may be claimable and nobody takes it."),
        "title": Title(LONGEST_TITLE),
        "message": Text(LONGEST_MESSAGE, blank=True),
        "fields": requests.FIELDS,
        "actions": requests.ACTIONS,
        "privacy": Choice(PASSABLE, description="What a task becomes whose privacy the target could not pass."),
    },
    required=["to"],
    name="FailoverBody",
    about="Who gets a task that automation did not finish.",
    drops_null=True,
)


def read_failover(
    body: Body, *, declared: Collection[str] | None, privacy: str = "inherit", min_privacy: str = "inherit"
) -> FailoverDocument:
    """The target as it is stored: `{to, after, message, title, fields, actions, privacy}`.

    `to` must exist; `after` is in seconds. `declared` are the fields of the type, None for a function's target.
    Where tasks of `privacy` could not be passed to it, `privacy` is required, and not wider than `min_privacy`.
    """
    failover: FailoverDocument = {
        "to": _read_target(body),
        "after": body.get("after"),
        "title": body.get("title"),
        "message": body.get("message", ""),
        "fields": requests.read_fields(body, declared=declared),
        "actions": requests.read_actions(body),
        "privacy": body.get("privacy"),
    }
    if failover["privacy"] is None and privacy not in PASSABLE:
        detail = _("Tasks of this privacy cannot be passed to anybody: give the privacy that they get.")
        body.wrong("privacy", detail)
    if failover["privacy"] is not None and rank(failover["privacy"]) < rank(min_privacy):
        body.wrong("privacy", _("Must not be wider than min_privacy."))
    return failover


def rank(privacy: str) -> int:
    """How narrow a privacy is."""
    return PRIVACIES.index(privacy)


def _read_target(body: Body) -> str | None:
    try:
        return references.find(body.get("to"), pointer=body.pointer("to"), kinds=("user", "team")).reference
    except Invalid as error:
        body.wrong("to", error.detail)
        return None
