"""Who hears of an event: those whom it concerns, always cut to those for whom it exists."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.actors.models import User
from apps.actors.queries import owners_of
from apps.actors.references import actors_of
from apps.containers.models import Role
from apps.core.ids import parse_uuid
from apps.core.sql.prepared import Prepared
from apps.events import event_types
from apps.events.models import Event
from apps.tasks import access
from apps.tasks.lifecycle import Status
from apps.tasks.models import OPEN_STATES, Handover, Note, Task

from .models import Notification
from .queries import FOR_WORKERS

Reason = Notification.Reason
STOPPED = (Handover.Reason.FAILED, Handover.Reason.UNCLAIMED)


@dataclass(frozen=True)
class Notice:
    """One person hears of it for this reason; `handover` is the one that they are asked to answer."""

    user: User
    reason: str
    handover: Handover | None = None


def may_concern(event: Event) -> bool:
    """Whether anybody might hear of it, as far as the event itself says."""
    if event.type == event_types.TASK_STATUS_CHANGED:
        return _completes(event)
    return event.type in FINDERS


def notices_of(event: Event, task: Task) -> list[Notice]:
    """Everybody who hears of the event: active, not its author, and allowed to see its subject now."""
    find = FINDERS.get(event.type)
    notices = {} if find is None else {notice.user.pk: notice for notice in reversed(find(event, task))}
    others = [notice for notice in notices.values() if notice.user.is_active and notice.user.reference != event.actor]
    return list(_allowed(others, task)) if others else []


def _allowed(notices: list[Notice], task: Task) -> Iterable[Notice]:
    actors = actors_of(notice.user for notice in notices)
    handover = access.open_handover(task)
    for notice in notices:
        permissions = access.TaskPermissions(actors[notice.user.pk], task, known_handover=handover)
        if notice.reason == Reason.LOST:
            if not permissions.sees():
                yield notice
        elif permissions.sees() and (notice.reason not in FOR_WORKERS or permissions.works_on_it):
            yield notice


# --- By type of event; the first reason found for a person is the one they read ---------------------------


def _asked(event: Event, task: Task) -> list[Notice]:
    handover = _open_handover(event)
    if handover is None:
        return []
    reason = Reason.ASKED if handover.to_user_id else Reason.TEAM_ASKED
    if handover.reason in STOPPED and event.type == event_types.TASK_HANDED_OVER:
        reason = Reason.FAILED_OVER
    return [Notice(user, reason, handover) for user in _targets(handover)]


def _delegated(event: Event, task: Task) -> list[Notice]:
    """Who has it now, or is reminded of it."""
    did, notices = event.data.get("did"), _asked(event, task)
    if did == "reminded":
        return [replace(each, reason=Reason.REMINDED) for each in notices]
    if did == "unattended" and not notices:
        return _given_back(event)
    return notices if did in ("delegated", "escalated", "resolved", "unattended") else []


def _given_back(event: Event) -> list[Notice]:
    """The person who asked somebody that has left."""
    handover = Handover.objects.filter(pk=event.data.get("handover")).first()
    return [Notice(user, Reason.GIVEN_BACK, handover) for user in _person(handover.asked_by if handover else "")]


def _not_done(event: Event, task: Task) -> list[Notice]:
    """Who planned what was refused."""
    planner = _person(event.data.get("by")) if event.data.get("did") == "refused" else []
    return [Notice(user, Reason.NOT_DONE) for user in planner]


def _completed(event: Event, task: Task) -> list[Notice]:
    if not _completes(event):
        return []
    reporter = [Notice(task.reporter, Reason.COMPLETE)] if task.reporter else []
    return reporter + [Notice(user, Reason.FOLLOWED) for user in _watchers(task)]


def _completes(event: Event) -> bool:
    _before, after = event.data.get("changes", {}).get("status") or (None, None)
    return bool(after == Status.COMPLETE)


def _noted(event: Event, task: Task) -> list[Notice]:
    """The people of the task; whom it failed over to are asked anyway, and read the note of it there."""
    reason = Reason.WORK_NOTE if event.data.get("kind") == Note.Kind.WORK_NOTE else Reason.COMMENT
    handover = access.open_handover(task)
    asked = _targets(handover) if handover else []
    people = [user for user in (task.reporter, task.assignee) if user] + _watchers(task)
    if event.data.get("did") == "failed_over":
        people = [user for user in people if user not in asked]
    else:
        people += asked
    return [Notice(user, reason) for user in people]


def _named_by_rule(event: Event, task: Task) -> list[Notice]:
    """Those whom a rule or a transition names."""
    people: list[User] = []
    for reference in event.data.get("to") or []:
        kind, _sep, name = str(reference).partition(":")
        named = Q(username=name) if kind == "user" else Q(teams__slug=name)
        people += User.objects.filter(named, is_active=True)
    return [Notice(user, Reason.NAMED) for user in people]


def _opened(event: Event, task: Task) -> list[Notice]:
    """The people of a task that an administrator has opened by break-glass."""
    if event.data.get("did") != "opened":
        return []
    handover = access.open_handover(task)
    asked = _targets(handover) if handover else []
    people = [user for user in (task.reporter, task.assignee, task.private_to) if user] + asked
    return [Notice(user, Reason.OPENED) for user in people]


def _rule_failed(event: Event, task: Task) -> list[Notice]:
    """The managers of the container, who can mend it: once until they have read that, however often it fails."""
    manager = Q(memberships__container=task.container_id, memberships__role=Role.MANAGER)
    of_team = Q(teams__memberships__container=task.container_id, teams__memberships__role=Role.MANAGER)
    heard = Notification.objects.filter(reason=Reason.RULE_FAILED, read_at=None, task__container=task.container_id)
    people = User.objects.filter(manager | of_team, is_active=True).exclude(pk__in=heard.values("user")).distinct()
    return [Notice(user, Reason.RULE_FAILED) for user in people]


def _shared(event: Event, task: Task) -> list[Notice]:
    """Those who lose the task; and its people, when the managers of its container come to see it."""
    did, to = event.data.get("did"), event.data.get("to")
    if did == "withheld":
        return [Notice(user, Reason.LOST) for user in User.objects.filter(username=str(to).removeprefix("user:"))]
    if did == "granted" and to == "managers":
        return [Notice(user, Reason.SHARED) for user in (task.reporter, task.assignee) if user]
    return []


Finder = Callable[[Event, Task], list[Notice]]
FINDERS: dict[str, Finder] = {
    event_types.TASK_HANDED_OVER: _asked,
    event_types.TASK_HANDOVER_CHANGED: _delegated,
    event_types.TASK_STATUS_CHANGED: _completed,
    event_types.TASK_NOTED: _noted,
    event_types.RULE_FAILED: _rule_failed,
    event_types.RULE_NOTIFIED: _named_by_rule,
    event_types.TASK_UPDATE_SCHEDULED: _not_done,
    event_types.TASK_OPENED: _opened,
    event_types.TASK_GRANTED: _shared,
}

# --- Of no task: a function for the owners of its application, an operation for its author, too ---------

Named = tuple[str, str]


def reason_without_task(event: Event) -> Named | None:
    """Why it is told without a task, and the name of what it is about; None if it is not. Once a spell."""
    name = NAMES_OF.get(event.type)
    return name(event) if name else None


def people_without_task(event: Event) -> list[User]:
    """The owners of the application, and the person who began the operation; active, and not who did it."""
    people = list(owners_of(event.application_id)) if event.application_id else []
    people += _person(event.data.get("author"))
    return [user for user in people if user.reference != event.actor]


def _function(reason: str, key: str) -> Callable[[Event], Named]:
    return lambda event: (reason, str(event.data.get(key, "")))


def _operation(event: Event) -> Named | None:
    """Kind and id: who hears of it does not see all of its tasks."""
    reason = {"settled": Reason.SETTLED, "held": Reason.HELD}.get(str(event.data.get("did")))
    return (reason, f"{event.data['kind']} {event.data['operation']}") if reason else None


NAMES_OF: dict[str, Callable[[Event], Named | None]] = {
    event_types.SCHEDULE_FAILED: _function(Reason.SCHEDULE, "function"),
    event_types.FUNCTION_UNATTENDED: _function(Reason.UNATTENDED, "name"),
    event_types.FUNCTION_PAUSED: _function(Reason.PAUSED, "name"),
    event_types.OPERATION_CHANGED: _operation,
    event_types.OPERATION_SETTLED: _operation,
}


def _person(reference: object) -> list[User]:
    """The active person of this reference, if it is one."""
    kind, _sep, name = str(reference or "").partition(":")
    return list(User.objects.filter(username=name, is_active=True)) if kind == "user" else []


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
    return _WATCHERS.rows(task.pk, task.newest)


def _who_watch(task: UUID, newest: UUID) -> QuerySet[User]:
    return User.objects.filter(watches__task__in=[task, newest], is_active=True).distinct()


_WATCHERS = Prepared(_who_watch)
