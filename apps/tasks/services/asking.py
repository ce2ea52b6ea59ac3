"""What a request to a person may say besides whom and what: reminders, what happens in the end, who must not answer."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from apps.actors import references
from apps.actors.models import Team, User
from apps.core.body import Body
from apps.core.errors import Forbidden, Invalid, Problem
from apps.core.moments import parse_moment
from apps.tasks import access
from apps.tasks.access import Standing
from apps.tasks.models import Handover, Task

TIMEOUTS = ("submit", "escalate", "return", "fail")
LONGEST_WAIT = 366 * 24 * 3600
MOST_ESCALATIONS = 5
MOST_REMINDERS = 20
PEOPLE = ("reporter", "previous")


# --- What is asked for ------------------------------------------------------------------------------------


def require_given(
    standing: Standing,
    fields: Iterable[Mapping[str, Any]],
    parties: Iterable[User | Team | None],
    *,
    at: str | None = None,
) -> None:
    """Nobody lets others write what they could not: each field is the asker's to write, or everybody's who is asked.

    Raises Forbidden naming the others as locked, or `at` the one place of the body that is wrong.
    """
    mine = access.access_of_asker(standing)
    kept = [(index, item["name"]) for index, item in enumerate(fields) if mine[item["name"]].level != "write"]
    if not kept:
        return
    theirs = [_writable_by(party, standing.task) for party in parties]
    detail = _("Neither you nor all who are asked can write this field.")
    wrong = [index for index, name in kept if not all(name in writable for writable in theirs)]
    if wrong:
        places = [f"/fields/{index}" for index in wrong] if at is None else [at]
        raise Forbidden(detail, errors=[Problem(place, "locked", detail) for place in places])


def _writable_by(party: User | Team | None, task: Task) -> set[str]:
    """The fields that the person, or whoever is in the team and nothing else, writes without being asked."""
    if party is None:
        return set()
    actor = references.actor_of_user(party) if isinstance(party, User) else references.somebody(party)
    levels = access.access_when_free(Standing(actor, task))
    return {name for name, said in levels.items() if said.level == "write"}


# --- In the end --------------------------------------------------------------------------------------------


def read_timeout(body: Body, actions: Collection[str], *, depth: int = 1) -> dict[str, Any] | None:
    """`on_timeout` in full form. An escalation may say by when (`due_in`, seconds) and what then, five deep at most.

    An action that is not among those offered, and somebody who does not exist, are problems now, not in the end.
    """
    inner = body.inner("on_timeout")
    if inner is None:
        return None
    timeout = {"do": inner.choice("do", TIMEOUTS), "to": inner.text("to")}
    fields = inner.inner("fields")
    timeout |= {"action": inner.text("action"), "fields": fields.value if fields else {}}
    if timeout["do"] is None and not inner.has("do"):
        inner.wrong("do", _("Must be one of: %s.") % ", ".join(TIMEOUTS))
    if inner.has("due_in") or inner.has("on_timeout"):
        timeout |= _read_chain(inner, timeout["do"], actions, depth)
    inner.refuse_unknown()
    if not inner.problems:
        _require_possible(inner, timeout, actions)
    return timeout


def _require_possible(inner: Body, timeout: dict[str, Any], actions: Collection[str]) -> None:
    if timeout["action"] is not None and timeout["action"] not in actions:
        inner.wrong("action", _("The actions are: %s.") % ", ".join(actions))
    if timeout["to"] in (None, "reporter"):
        return
    try:
        references.find(timeout["to"], pointer="", kinds=("user", "team"))
    except Invalid as error:
        inner.wrong("to", error.detail)


def _read_chain(inner: Body, do: str | None, actions: Collection[str], depth: int) -> dict[str, Any]:
    found = {"due_in": inner.whole("due_in", least=1, most=LONGEST_WAIT)}
    found["on_timeout"] = read_timeout(inner, actions, depth=depth + 1) if depth < MOST_ESCALATIONS else None
    if depth >= MOST_ESCALATIONS and inner.has("on_timeout"):
        inner.take("on_timeout")
        inner.wrong("on_timeout", _("A chain of escalations has at most %(n)d links.") % {"n": MOST_ESCALATIONS})
    if do != "escalate":
        inner.wrong("due_in" if inner.has("due_in") else "on_timeout", _("Only an escalation goes on."))
    elif inner.has("on_timeout") and not inner.has("due_in"):
        inner.wrong("due_in", _("Say after how many seconds."))
    return found


# --- On the way --------------------------------------------------------------------------------------------


def read_reminders(body: Body, *, is_due: bool) -> list[Any]:
    """Moments, or seconds before `due_at`."""
    said = body.items("reminders", most=MOST_REMINDERS)
    for index, reminder in enumerate(said):
        if isinstance(reminder, int) and not isinstance(reminder, bool) and 1 <= reminder <= LONGEST_WAIT:
            if not is_due:
                body.wrong("reminders", _("Seconds count back from due_at: say it."), index=index)
        elif parse_moment(reminder) is None:
            detail = _("Must be a time with its zone, or a whole number of seconds before due_at.")
            body.wrong("reminders", detail, index=index)
    return said


def next_reminder(reminders: Iterable[Any], due_at: datetime | None, now: datetime) -> datetime | None:
    """The first reminder that is still to come."""
    moments = [parse_moment(said) for said in reminders if isinstance(said, str)]
    if due_at is not None:
        moments += [due_at - timedelta(seconds=said) for said in reminders if isinstance(said, int)]
    return min((moment for moment in moments if moment is not None and moment > now), default=None)


# --- Who must not answer ---------------------------------------------------------------------------------


def read_exclusions(body: Body) -> list[str]:
    """`exclude`: `reporter`, `previous` (who answered the last handover), `user:NAME`."""
    said = body.items("exclude", most=50)
    for index, reference in enumerate(said):
        try:
            _find(reference)
        except Invalid as error:
            body.wrong("exclude", error.detail, index=index)
    return said


def excluded(said: Iterable[str], task: Task) -> list[User]:
    """Who that is now."""
    people = (_who(reference, task) for reference in said)
    return [person for person in people if person is not None]


def _who(reference: object, task: Task) -> User | None:
    if reference == "reporter":
        return task.reporter
    if reference == "previous":
        return previous_actor(task)
    return _find(reference)


def _find(reference: object) -> User | None:
    found = None if reference in PEOPLE else references.find(reference, pointer="", kinds=("user",))
    return found if isinstance(found, User) else None


def previous_actor(task: Task) -> User | None:
    """Who answered the last handover of the task or its attempts."""
    rows = Handover.objects.filter(task__newest=task.newest, answered_by__isnull=False)
    last = (
        rows.filter(state=Handover.State.SUBMITTED).select_related("answered_by").order_by("-ended_at", "-id").first()
    )
    return last.answered_by if last else None
