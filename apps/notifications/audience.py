"""Who hears of an event: those whom it concerns, always cut to those for whom it exists."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from django.db.models import Q

from apps.actors.models import User
from apps.actors.references import actors_of
from apps.core.ids import parse_uuid
from apps.events import verbs
from apps.events.models import Event
from apps.tasks import access
from apps.tasks.lifecycle import Status
from apps.tasks.models import OPEN_STATES, Handover, Note, Task

from .models import Notification

Reason = Notification.Reason
STOPPED = (Handover.Reason.FAILED, Handover.Reason.UNCLAIMED)


@dataclass(frozen=True)
class Telling:
    """One person hears of it for this reason; `handover` is the one that they are asked to answer."""

    user: User
    reason: str
    handover: Handover | None = None


def tellings(event: Event, task: Task) -> list[Telling]:
    """Everybody who hears of the event: active, not its author, and seeing what it tells of now."""
    find = FINDERS.get(event.type)
    found = {} if find is None else {told.user.pk: told for told in reversed(find(event, task))}
    others = [told for told in found.values() if told.user.is_active and told.user.reference != event.actor]
    return list(_who_may_know(others, task))


def _who_may_know(told: list[Telling], task: Task) -> Iterable[Telling]:
    actors = actors_of(telling.user for telling in told)
    handover = access.open_handover(task) if told else None
    for telling in told:
        standing = access.Standing(actors[telling.user.pk], task, known_handover=handover)
        if standing.sees() and (telling.reason != Reason.WORK_NOTE or standing.works_on_it):
            yield telling


# --- By type of event; the first reason found for a person is the one they read ---------------------------


def _asked(event: Event, task: Task) -> list[Telling]:
    handover = _open_handover(event)
    if handover is None:
        return []
    reason = Reason.ASKED if handover.to_user_id else Reason.TEAM_ASKED
    if handover.reason in STOPPED and event.type == verbs.TASK_HANDED_OVER:
        reason = Reason.FAILED_OVER
    return [Telling(user, reason, handover) for user in _targets(handover)]


def _delegated(event: Event, task: Task) -> list[Telling]:
    """Who has it now, or is reminded of it."""
    did, told = event.data.get("did"), _asked(event, task)
    if did == "reminded":
        return [replace(each, reason=Reason.REMINDED) for each in told]
    return told if did in ("delegated", "escalated", "resolved") else []


def _not_done(event: Event, task: Task) -> list[Telling]:
    """Who planned what was refused."""
    kind, _sep, name = str(event.data.get("by") or "").partition(":")
    planner = User.objects.filter(username=name, is_active=True).first() if kind == "user" else None
    return [Telling(planner, Reason.NOT_DONE)] if planner and event.data.get("did") == "refused" else []


def _completed(event: Event, task: Task) -> list[Telling]:
    _before, after = event.data.get("changes", {}).get("status") or (None, None)
    if after != Status.COMPLETE:
        return []
    reporter = [Telling(task.reporter, Reason.COMPLETE)] if task.reporter else []
    return reporter + [Telling(user, Reason.FOLLOWED) for user in _watchers(task)]


def _noted(event: Event, task: Task) -> list[Telling]:
    """The people of the task; whom it failed over to are asked anyway, and read the note of it there."""
    reason = Reason.WORK_NOTE if event.data.get("kind") == Note.Kind.WORK_NOTE else Reason.COMMENT
    handover = access.open_handover(task)
    asked = _targets(handover) if handover else []
    people = [user for user in (task.reporter, task.assignee) if user] + _watchers(task)
    if event.data.get("did") == "failed_over":
        people = [user for user in people if user not in asked]
    else:
        people += asked
    return [Telling(user, reason) for user in people]


def _told(event: Event, task: Task) -> list[Telling]:
    """Those whom a rule or a transition names."""
    people: list[User] = []
    for reference in event.data.get("to") or []:
        kind, _sep, name = str(reference).partition(":")
        named = Q(username=name) if kind == "user" else Q(teams__slug=name)
        people += User.objects.filter(named, is_active=True)
    return [Telling(user, Reason.TOLD) for user in people]


def _opened(event: Event, task: Task) -> list[Telling]:
    """The people of a task that an administrator has opened by break-glass."""
    if event.data.get("did") != "opened":
        return []
    handover = access.open_handover(task)
    asked = _targets(handover) if handover else []
    people = [user for user in (task.reporter, task.assignee, task.private_to) if user] + asked
    return [Telling(user, Reason.OPENED) for user in people]


Finder = Callable[[Event, Task], list[Telling]]
FINDERS: dict[str, Finder] = {
    verbs.TASK_HANDED_OVER: _asked,
    verbs.TASK_HANDOVER_CHANGED: _delegated,
    verbs.TASK_STATUS_CHANGED: _completed,
    verbs.TASK_NOTED: _noted,
    verbs.RULE_NOTIFIED: _told,
    verbs.TASK_UPDATE_SCHEDULED: _not_done,
    verbs.TASK_OPENED: _opened,
}


def _open_handover(event: Event) -> Handover | None:
    number = parse_uuid(event.data.get("handover"))
    rows = Handover.objects.filter(pk=number, state__in=OPEN_STATES) if number else Handover.objects.none()
    return rows.select_related("to_user", "to_team", "claimed_by").first()


def _targets(handover: Handover) -> list[User]:
    """Those who can answer: who has claimed it, else the person, else the members of the team."""
    person = handover.claimed_by or handover.to_user
    if person:
        return [person]
    team = User.objects.filter(teams=handover.to_team, is_active=True)
    return [user for user in team if not handover.excludes(user.pk)]


def _watchers(task: Task) -> list[User]:
    return list(User.objects.filter(Q(watches__task=task.pk) | Q(watches__task=task.newest), is_active=True).distinct())
