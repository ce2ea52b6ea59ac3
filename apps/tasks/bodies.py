"""The bodies of tasks and handovers, each declared once: services read by them, the document is made from them.

Whether a value exists, fits the type and may be written is judged by the services, for it depends on who asks.
"""

from django.utils.translation import gettext_lazy as _

from apps.containers.type_document.failover import PASSABLE
from apps.containers.type_document.requests import ACTIONS, FIELDS
from apps.core.json_types import Json
from apps.core.shapes import (
    Anything,
    Choice,
    Flag,
    FreeObject,
    Items,
    Number,
    Object,
    Problems,
    Refused,
    Separate,
    Shape,
    Text,
    TextOr,
    Timestamp,
    Title,
    Variants,
    Whole,
    or_null,
    reference,
)
from apps.core.timestamps import format_timestamp

from . import limits
from .models import Link, Note, Privacy

USER, TARGET = "user:NAME", "user:NAME or team:SLUG"


def _word(most: int = limits.LONGEST_WORD, description: str = "") -> Text:
    """A text that may be left out or null."""
    return Text(most, nullable=True, description=description)


def _prose(most: int = limits.LONGEST_TEXT) -> Text:
    """The same, which may be empty."""
    return Text(most, blank=True, nullable=True)


# --- Handovers ---------------------------------------------------------------------------------------


class Reminder(Timestamp):
    """A timestamp as text, as it is stored."""

    def _read(self, value: Json, at: str, problems: Problems) -> Json:
        return format_timestamp(super()._read(value, at, problems))  # type: ignore[call-overload]


_TOO_LONG_A_CHAIN = _("A chain of escalations has at most %(n)d links.") % {"n": limits.MOST_ESCALATIONS}
_END = Refused(lambda: reference("OnTimeout"), _TOO_LONG_A_CHAIN)


def _timeout(further: Shape) -> Variants:
    submit = {"action": Text(limits.LONGEST_SLUG), "fields": FreeObject(nullable=True)}
    escalate = {
        "to": Text(limits.LONGEST_WORD, description="user:NAME, team:SLUG or reporter"),
        "due_in": Whole(1, limits.LONGEST_WAIT, nullable=True, description="Seconds to answer."),
        "on_timeout": further,
    }
    needs = {"dependentRequired": {"on_timeout": ["due_in"]}}
    return Variants(
        "do",
        {
            "submit": Object(submit, required=["action"]),
            "escalate": Object(escalate, required=["to"], more=needs),
            "return": Object({}),
            "fail": Object({}),
        },
        name="OnTimeout",
        about="What happens when `due_at` passes without an answer. An escalation may say what happens after it: a "
        f"chain of at most {limits.MOST_ESCALATIONS}.",
        nullable=True,
    )


def _chain(links: int) -> Variants:
    return _timeout(_chain(links - 1) if links > 1 else _END)


ON_TIMEOUT = _chain(limits.MOST_ESCALATIONS)
REMINDERS = Items(
    TextOr(Reminder(), Whole(1, limits.LONGEST_WAIT)), limits.MOST_REMINDERS, nullable=True,
    description="Timestamps, or seconds before `due_at`.",
)  # fmt: skip
EXCLUDED = Items(
    Text(limits.LONGEST_WORD), limits.MOST_EXCLUDED, nullable=True, description="reporter, previous or user:NAME"
)
HAND_OVER = Object(
    {
        "key": _word(description="Makes the call repeatable: unique for the task."),
        "to": Text(limits.LONGEST_WORD, description="user:NAME, team:SLUG or reporter"),
        "title": Title(limits.LONGEST_TITLE, nullable=True),
        "message": _prose(limits.LONGEST_MESSAGE),
        "fields": FIELDS,
        "actions": ACTIONS,
        "due_at": Timestamp(nullable=True),
        "on_timeout": ON_TIMEOUT,
        "reminders": REMINDERS,
        "exclude": EXCLUDED,
        "privacy": Choice(PASSABLE, nullable=True),
        "lease_token": _word(),
    },
    required=["to"],
    name="HandOverBody",
    about="A request to a person or team.",
)
_ANSWER: dict[str, Shape] = {
    "action": Text(limits.LONGEST_SLUG),
    "fields": FreeObject(nullable=True),
    "comment": _prose(),
    "version": Text(
        limits.LONGEST_VERSION,
        blank=True,
        nullable=True,
        description="What you looked at: 412 names what has changed since. Drafts do not count, unlike for If-Match.",
    ),
}
SUBMIT = Object(_ANSWER, required=["action"], name="SubmitBody", about="An answer.", drops_null=True)
ONE_ANSWER = Object(
    {"handover": Text(limits.LONGEST_ID), **_ANSWER}, required=["handover", "action"],
    name="OneAnswerBody", about="One of many answers.", drops_null=True,
)  # fmt: skip
BULK_SUBMIT = Object(
    {"answers": Items(Separate(ONE_ANSWER), limits.MOST_ANSWERS)}, required=["answers"],
    name="BulkSubmitBody", about="Many answers, each for itself.",
)  # fmt: skip
DRAFT = Object(
    {"fields": FreeObject(), "comment": _prose()},
    required=["fields"],
    name="DraftBody",
    about="What was typed so far. A comment that is left out stays as it was saved.",
    drops_null=True,
)
DECLINE = Object({"comment": _prose()}, name="CommentBody", about="A reason.", drops_null=True)
DELEGATE = Object(
    {
        "to": Text(limits.LONGEST_WORD, description=TARGET),
        "returns": Flag(description="What they find comes back to the caller, who decides."),
    },
    required=["to"],
    name="DelegateBody",
    about="To whom, and whether the answer comes back.",
)
RESOLVE = Object(
    {"fields": FreeObject(nullable=True), "comment": _prose()}, name="ResolveBody", about="The values found.",
    drops_null=True,
)  # fmt: skip
TAKE_NEXT = Object(
    {"team": _word(100)}, name="TakeNextBody", about="From which team; without it from all of the caller's."
)

# --- Tasks -------------------------------------------------------------------------------------------

CONFIRM_WIDEN = Flag(description="More people may see it: that is meant.")
_TAG = Text(limits.LONGEST_TAG)
_VALUES: dict[str, Shape] = {
    "assignee": _word(description=USER),
    "start_at": Timestamp(nullable=True),
    "due_at": Timestamp(nullable=True),
    "correlation_id": _word(),
    "private_to": _word(description=USER),
}
"""What making and changing a task have in common, and may be null in both."""
CREATE = Object(
    {
        **_VALUES,
        "container": _word(limits.LONGEST_SLUG),
        "type": _prose(limits.LONGEST_SLUG),
        "title": Title(limits.LONGEST_TITLE, nullable=True),
        "description": _prose(limits.LONGEST_DESCRIPTION),
        "fields": FreeObject(nullable=True),
        "tags": Items(_TAG, limits.MOST_TAGS, nullable=True),
        "privacy": Choice(Privacy.values, nullable=True),
        "app_readable": Flag(nullable=True),
        "data": Anything(description="Input of the function; people never see it."),
        "function": _word(),
        "priority": Whole(nullable=True),
        "external_id": _word(),
        "reporter": _word(description=USER),
        "parent": _word(limits.LONGEST_TASK_NAME, "The id or key of a task."),
        "hand_over": or_null(HAND_OVER),
    },
    name="TaskBody",
    about="A new task. What its type or function defaults may be left out.",
)
BULK = Object(
    {"tasks": Items(Separate(CREATE), limits.MOST_IN_BULK), "atomic": Flag()}, required=["tasks"], name="BulkBody",
    about="Many new tasks. Each is checked for itself; with `atomic` all are made or none.",
)  # fmt: skip
EDIT = Object(
    {
        **_VALUES,
        "title": Title(limits.LONGEST_TITLE),
        "description": Text(limits.LONGEST_DESCRIPTION, blank=True),
        "fields": FreeObject(),
        "tags": Items(_TAG, limits.MOST_TAGS),
        "privacy": Choice(Privacy.values),
        "app_readable": Flag(),
        "priority": Whole(),
        "stage": Text(limits.LONGEST_SLUG),
        "confirm_widen": CONFIRM_WIDEN,
    },
    name="EditBody",
    about="What changes of a task.",
)
MOVE = Object(
    {
        "container": Text(limits.LONGEST_SLUG),
        "type": Text(
            limits.LONGEST_SLUG, blank=True, nullable=True, description="The type there; the one of the same name."
        ),
        "confirm_widen": CONFIRM_WIDEN,
    },
    required=["container"],
    name="MoveBody",
    about="Where a task goes.",
)
COMPLETE = Object(
    {"fields": FreeObject(nullable=True), "result": Anything(), "note": _prose()}, name="CompleteBody",
    about="An outcome.",
)  # fmt: skip
ERROR = Object(
    {
        "name": Text(limits.LONGEST_WORD),
        "type": _prose(limits.LONGEST_WORD),
        "message": _prose(),
        "recoverable": Flag(nullable=True),
        "details": Anything(),
        "retry_after_seconds": Number(0, nullable=True),
    },
    required=["name"],
    name="ErrorBody",
    about="What went wrong.",
    drops_null=True,
)
FAIL = Object({"error": ERROR, "note": _prose()}, required=["error"], name="FailBody", about="An error as outcome.")
CANCEL = Object({"note": _prose()}, name="NoteOfOutcomeBody", about="A word about it.")
SKIP = Object({"note": _prose()}, name="SkipBody", about="Why it need not be done.")
RETRY = Object(
    {
        "fields": FreeObject(nullable=True, description="What changes of the fields, for the new attempt."),
        "data": Anything(description="Other input of the function; null leaves it as it is."),
    },
    name="RetryBody",
    about="What is different in the new attempt.",
)
TRANSITION = Object(
    {"input": FreeObject(), "note": _prose()}, name="TransitionBody",
    about="What the transition asks for, and a word about it.",
)  # fmt: skip
ATTACHMENT = Object(
    {
        "name": Text(limits.LONGEST_FILE_NAME, blank=True),
        "kind": Choice(Note.Kind.values),
        "field": Text(limits.LONGEST_FIELD_NAME, blank=True, description="It is for the readers of this field alone."),
        "lease_token": Text(limits.LONGEST_WORD, blank=True),
    }
)
"""The properties of a file, in the query or beside it in a form."""
NOTE = Object(
    {"text": Text(limits.LONGEST_TEXT), "kind": Choice(Note.Kind.values), "lease_token": _word()}, required=["text"],
    name="NoteBody", about="A comment, or a note among those who work on the task.",
)  # fmt: skip
LINK = Object(
    {"kind": Choice(Link.Kind.values), "task": Text(limits.LONGEST_TASK_NAME, description="The id or key of a task.")},
    required=["kind", "task"], name="LinkBody", about="A relation to another task.",
)  # fmt: skip
GRANT = Object(
    {"expires_at": Timestamp(nullable=True)}, name="GrantBody", about="Until when; for ever if it is left out."
)
SCHEDULED_UPDATE = Object(
    {
        "at": Timestamp(),
        "set": or_null(EDIT),
        "transition": _word(limits.LONGEST_SLUG),
        "input": FreeObject(nullable=True, description="What the transition asks for."),
    },
    required=["at"],
    name="ScheduledUpdateBody",
    about="What changes, and when.",
)
