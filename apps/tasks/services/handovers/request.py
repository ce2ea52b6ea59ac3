"""Reading a request's time-out, reminders and exclusions."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from apps.actors import references
from apps.actors.models import User
from apps.containers.type_document.documents import OfferedAction
from apps.core.body import Body
from apps.core.errors import Invalid, Problem
from apps.core.json_types import Json, JsonMapping
from apps.core.timestamps import parse_timestamp
from apps.tasks.documents import TimeoutDocument
from apps.tasks.models import Handover, Task

PEOPLE = ("reporter", "previous")


# --- Time-out ----------------------------------------------------------------------------------------------


def read_timeout(body: Body, actions: Collection[OfferedAction], *, is_due: bool) -> TimeoutDocument | None:
    """`on_timeout` in full form. An escalation may have its own `due_in` (seconds) and `on_timeout`.

    An action that is not offered, and a target that does not exist, are problems now, not at the time-out.
    """
    timeout, at = body.get("on_timeout"), body.pointer("on_timeout")
    if timeout is not None and not is_due:
        body.wrong("due_at", _("on_timeout is done at this time: give it."), code="required")
    if timeout is not None and not any(problem.pointer.startswith(at) for problem in body.problems):
        body.problems += _impossible(timeout, actions, at)
    return _in_full(timeout)


def _impossible(timeout: JsonMapping, actions: Collection[OfferedAction], at: str) -> Iterator[Problem]:
    """What could not be done at the time-out, link by link."""
    if timeout["do"] == "submit":
        chosen = next((action for action in actions if action["name"] == timeout["action"]), None)
        if chosen is None:
            names = ", ".join(action["name"] for action in actions)
            yield Problem(f"{at}/action", "invalid", _("The actions are: %s.") % names)
        elif chosen["needs_comment"]:
            yield Problem(f"{at}/action", "invalid", _("This action needs a comment, which only a person writes."))
    if timeout["do"] == "escalate" and timeout["to"] != "reporter":
        try:
            references.find(timeout["to"], pointer="", kinds=("user", "team"))
        except Invalid as error:
            yield Problem(f"{at}/to", "invalid", error.detail)
    if timeout.get("on_timeout") is not None:
        yield from _impossible(timeout["on_timeout"], actions, f"{at}/on_timeout")


def _in_full(timeout: JsonMapping | None) -> TimeoutDocument | None:
    if timeout is None:
        return None
    full: TimeoutDocument = {
        "do": timeout["do"],
        "to": timeout.get("to"),
        "action": timeout.get("action"),
        "fields": timeout.get("fields") or {},
    }
    if timeout.get("due_in") is not None:
        full["due_in"], full["on_timeout"] = timeout["due_in"], _in_full(timeout.get("on_timeout"))
    return full


# --- Reminders ---------------------------------------------------------------------------------------------


def read_reminders(body: Body, *, is_due: bool) -> list[Json]:
    """Timestamps, or seconds before `due_at`."""
    reminders: list[Json] = body.get("reminders", [])
    for index, reminder in enumerate(reminders):
        if isinstance(reminder, int) and not is_due:
            body.wrong("reminders", _("Seconds count back from due_at: say it."), index=index)
    return reminders


def next_reminder(reminders: Iterable[Json], due_at: datetime | None, now: datetime) -> datetime | None:
    """The first reminder that is still to come."""
    timestamps = [parse_timestamp(value) for value in reminders if isinstance(value, str)]
    if due_at is not None:
        timestamps += [due_at - timedelta(seconds=value) for value in reminders if isinstance(value, int)]
    return min((timestamp for timestamp in timestamps if timestamp is not None and timestamp > now), default=None)


# --- Exclusions ------------------------------------------------------------------------------------------


def read_exclusions(body: Body) -> list[str]:
    """`exclude`: `reporter`, `previous` (who answered the last handover), `user:NAME`."""
    exclusions: list[str] = body.get("exclude", [])
    for index, reference in enumerate(exclusions):
        try:
            _find(reference)
        except Invalid as error:
            body.wrong("exclude", error.detail, index=index)
    return exclusions


def excluded(value: Iterable[str], task: Task) -> list[User]:
    """The people whom the exclusions mean now."""
    people = (_who(reference, task) for reference in value)
    return [person for person in people if person is not None]


def _who(reference: object, task: Task) -> User | None:
    if reference == "reporter":
        return task.reporter
    if reference == "previous":
        return previous_actor(task)
    return _find(reference)


def _find(reference: object) -> User | None:
    result = None if reference in PEOPLE else references.find(reference, pointer="", kinds=("user",))
    return result if isinstance(result, User) else None


def previous_actor(task: Task) -> User | None:
    """The person who answered the last handover of the task or its attempts."""
    rows = Handover.objects.filter(task__newest=task.newest, answered_by__isnull=False)
    last = (
        rows.filter(state=Handover.State.SUBMITTED).select_related("answered_by").order_by("-ended_at", "-id").first()
    )
    return last.answered_by if last else None
