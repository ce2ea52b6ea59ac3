"""The bodies that tasks, handovers and notes take. Values of fields are the type's schema to judge, not ours."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.errors import Invalid, Problem
from apps.core.strict_json import MAX_NUMBER
from apps.tasks.models import Note, Privacy
from apps.tasks.rendering import when

from .strict import Anything, Choice, Each, Flag, FreeObject, Number, Shape, Text, Time, Whole

MOST_TAGS, LONGEST_TAG = 50, 100
MOST_IN_BULK = 1000
MOST_ANSWERS = 100


class Tags(Each):
    """Short texts without blanks around them."""

    def __init__(self, **kwargs: Any) -> None:
        child = Text(max_length=LONGEST_TAG, allow_blank=False)
        super().__init__(**{"child": child, "max_length": MOST_TAGS, **kwargs})


# --- Handovers ---------------------------------------------------------------------------------------


class AskedField(Shape):
    """A field that is asked for."""

    name = Text(max_length=200)
    required_ = Flag(required=False)
    proposed = Anything(required=False, allow_null=True)
    label_ = Text(required=False, allow_null=True, max_length=200)


class OfferedAction(Shape):
    """A way to answer."""

    name = Text(required=False, max_length=63, allow_blank=False)
    label_ = Text(required=False, allow_null=True, max_length=200)
    effect = Choice(["complete", "return", "fail", "cancel", "skip"])
    needs_comment = Flag(required=False)


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "object"}]})
class NameOr(serializers.Field[Any, Any, Any, Any]):
    """A plain name, or the object that says more."""

    def __init__(self, shape: type[Shape], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.shape = shape

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str):
            return Text(max_length=200).run_validation(data)
        return dict(self.shape().run_validation(data))

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field({"oneOf": [{"type": "integer"}, {"type": "string", "format": "date-time"}]})
class Reminder(serializers.Field[Any, Any, Any, Any]):
    """Seconds before `due_at`, or a moment."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str):
            return when(Time().run_validation(data))
        return Whole(min_value=1, max_value=366 * 24 * 3600).run_validation(data)

    def to_representation(self, value: Any) -> Any:
        return value


class OnTimeout(Shape):
    """What happens when `due_at` passes without an answer."""

    do = Choice(["submit", "escalate", "return", "fail"])
    action = Text(required=False, max_length=63)
    fields_ = FreeObject(required=False)
    to = Text(required=False, max_length=200)
    due_in = Whole(required=False, min_value=1, max_value=366 * 24 * 3600, help_text="Seconds, for an escalation.")
    on_timeout = FreeObject(required=False, allow_null=True, help_text="What happens then: the same again, five deep.")

    def validate(self, attrs: Any) -> Any:
        """Each way needs its own words, and takes no others."""
        words = {"submit": {"action", "fields"}, "escalate": {"to", "due_in", "on_timeout"}}.get(attrs["do"], set())
        needed = {"submit": {"action"}, "escalate": {"to"}}.get(attrs["do"], set())
        wrong = dict.fromkeys(set(attrs) - words - {"do"}, "This is not for what `do` says.")
        wrong |= dict.fromkeys(needed - set(attrs), "This is required for what `do` says.")
        if wrong:
            raise serializers.ValidationError(wrong)
        return attrs


class HandOverBody(Shape):
    """A request to a person or team."""

    key = Text(required=False, allow_null=True, max_length=200, allow_blank=False)
    to = Text(max_length=200, help_text="user:NAME, team:SLUG or reporter")
    title = Text(required=False, allow_null=True, max_length=300)
    message = Text(required=False, allow_null=True, max_length=20_000)
    fields_ = Each(child=NameOr(AskedField), required=False, max_length=200)
    actions = Each(child=NameOr(OfferedAction), required=False, allow_null=True, max_length=20)
    due_at = Time(required=False, allow_null=True)
    on_timeout = OnTimeout(required=False, allow_null=True)
    reminders = Each(child=Reminder(), required=False, max_length=20)
    exclude = Each(
        child=Text(max_length=200), required=False, max_length=50, help_text="reporter, previous or user:NAME"
    )
    privacy = Choice(Privacy.values, required=False, allow_null=True)
    lease_token = Text(required=False, allow_null=True, max_length=200)


class SubmitBody(Shape):
    """An answer."""

    action = Text(max_length=63)
    fields_ = FreeObject(required=False)
    comment = Text(required=False, allow_null=True, max_length=20_000)
    version = Text(
        required=False, allow_null=True, max_length=4000,
        help_text="What you looked at: 412 names what has changed since. Drafts do not count, unlike for If-Match.",
    )  # fmt: skip


class OneAnswerBody(SubmitBody):
    """One of many answers."""

    handover = Text(max_length=36)


class BulkSubmitBody(Shape):
    """Many answers, each for itself."""

    answers = Each(child=Anything(allow_null=True), max_length=MOST_ANSWERS)


class DraftBody(Shape):
    """What was typed so far."""

    fields_ = FreeObject()


class CommentBody(Shape):
    """A reason."""

    comment = Text(required=False, allow_null=True, max_length=20_000)


class DelegateBody(Shape):
    """To whom, and whether the answer comes back."""

    to = Text(max_length=200, help_text="user:NAME or team:SLUG")
    returns = Flag(required=False, help_text="What they find comes back to the caller, who decides.")


class ResolveBody(Shape):
    """What was found."""

    fields_ = FreeObject(required=False)
    comment = Text(required=False, allow_null=True, max_length=20_000)


class TakeNextBody(Shape):
    """From which team; without it from all of the caller's."""

    team = Text(required=False, allow_null=True, max_length=100)


class NothingBody(Shape):
    """No keys at all."""


# --- Tasks -------------------------------------------------------------------------------------------


class _TaskValues(Shape):
    """What both making and changing a task may say."""

    description = Text(required=False, max_length=100_000)
    fields_ = FreeObject(required=False)
    assignee = Text(required=False, allow_null=True, max_length=200, help_text="user:NAME")
    tags = Tags(required=False)
    start_at = Time(required=False, allow_null=True)
    due_at = Time(required=False, allow_null=True)
    correlation_id = Text(required=False, allow_null=True, max_length=200, allow_blank=False)
    privacy = Choice(Privacy.values, required=False)
    private_to = Text(required=False, allow_null=True, max_length=200, help_text="user:NAME")
    app_readable = Flag(required=False)


class TaskBody(_TaskValues):
    """A new task. What its type or function defaults may be left out."""

    container = Text(required=False, allow_null=True, max_length=63)
    type = Text(required=False, allow_null=True, max_length=63)
    title = Text(required=False, allow_null=True, max_length=300, allow_blank=False)
    description = Text(required=False, allow_null=True, max_length=100_000)
    privacy = Choice(Privacy.values, required=False, allow_null=True)
    app_readable = Flag(required=False, allow_null=True)
    data_ = Anything(required=False, allow_null=True, help_text="Input of the function; people never see it.")
    function = Text(required=False, allow_null=True, max_length=200, allow_blank=False)
    priority = Whole(required=False, allow_null=True)
    external_id = Text(required=False, allow_null=True, max_length=200, allow_blank=False)
    reporter = Text(required=False, allow_null=True, max_length=200, help_text="user:NAME")
    parent_ = Text(required=False, allow_null=True, max_length=36, help_text="The id or key of a task.")
    hand_over = HandOverBody(required=False, allow_null=True)


class EditBody(_TaskValues):
    """What changes of a task."""

    title = Text(required=False, max_length=300, allow_blank=False)
    priority = Whole(required=False)
    stage = Text(required=False, max_length=63)
    confirm_widen = Flag(required=False, help_text="More people may see it: that is meant.")


class MoveBody(Shape):
    """Where a task goes."""

    container = Text(max_length=63)
    type = Text(required=False, allow_null=True, max_length=63, help_text="The type there; the one of the same name.")
    confirm_widen = Flag(required=False, help_text="More people may see it: that is meant.")


class BulkBody(Shape):
    """Many new tasks. Each is checked for itself; with `atomic` all are made or none."""

    tasks = Each(child=Anything(allow_null=True), max_length=MOST_IN_BULK)
    atomic = Flag(required=False)


class CompleteBody(Shape):
    """An outcome."""

    fields_ = FreeObject(required=False)
    result = Anything(required=False, allow_null=True)
    note = Text(required=False, allow_null=True, max_length=20_000)


class ErrorBody(Shape):
    """What went wrong."""

    name = Text(max_length=200, allow_blank=False)
    type = Text(required=False, allow_null=True, max_length=200)
    message = Text(required=False, allow_null=True, max_length=20_000)
    recoverable = Flag(required=False)
    details = Anything(required=False, allow_null=True)
    retry_after_seconds = Number(required=False, allow_null=True, min_value=0, max_value=MAX_NUMBER)


class FailBody(Shape):
    """An error as outcome."""

    error = ErrorBody()
    note = Text(required=False, allow_null=True, max_length=20_000)


class NoteOfOutcomeBody(Shape):
    """A word about it."""

    note = Text(required=False, allow_null=True, max_length=20_000)


class TransitionBody(Shape):
    """What the transition asks for, and a word about it."""

    input = FreeObject(required=False)
    note = Text(required=False, allow_null=True, max_length=20_000)


class AttachmentWords(Shape):
    """What is said of a file, in the query or beside it in a form."""

    name = Text(required=False, max_length=8_000)
    kind = Choice(Note.Kind.values, required=False)
    field = Text(required=False, max_length=64, help_text="It is for the readers of this field alone.")
    lease_token = Text(required=False, max_length=200)


class NoteBody(Shape):
    """A comment, or a note among those who work on the task."""

    text = Text(max_length=20_000)
    kind = Choice(Note.Kind.values, required=False)
    lease_token = Text(required=False, allow_null=True, max_length=200)


class LinkBody(Shape):
    """A relation to another task."""

    kind = Choice(["blocks", "relates", "parent"])
    task = Text(max_length=36, help_text="The id or key of a task.")


class GrantBody(Shape):
    """Until when; for ever if it is left out."""

    expires_at = Time(required=False, allow_null=True)


def problems_under(error: Invalid, prefix: str) -> Invalid:
    """The same error seen from an enclosing document."""
    problems: list[Problem] = [problem.under(prefix) for problem in error.errors]
    return Invalid(error.detail, code=error.code, errors=problems or [Problem(prefix, error.code, error.detail)])
