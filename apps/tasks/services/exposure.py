"""Who would see a task, or more of it, after a change, and who no longer: shown before it is done.

More of it are values of fields that were hidden, and work notes. Whom a call names (an assignee, a reporter, the target
of a handover, a grant) gains what belongs to that by being named: it is not asked about again.

There is no third form of the rule here: `can_see` is asked for everybody whom the task or its container names, for
each team as one who is in it alone, and for one whom nothing names at all: everybody else.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.actors import references
from apps.actors.actor import Actor
from apps.actors.models import Application, User
from apps.actors.references import Party
from apps.containers import access as containers
from apps.containers.models import Container, Membership
from apps.core.errors import Widens
from apps.core.json_types import JsonObject
from apps.events import event_types
from apps.tasks.access import TaskPermissions, open_handover, unexpired, visible_fields
from apps.tasks.models import Grant, Handover, Task
from apps.tasks.secret_fields import EMPTY

from . import writing

EVERYONE = "everyone"
TASK, FIELDS, WORK_NOTES = "task", "fields", "work_notes"
MORE_PEOPLE = gettext_lazy("More people would see it. Say confirm_widen: true if that is meant.")
MORE_OF_IT = gettext_lazy("Some would read more of it. Say confirm_widen: true if that is meant.")


@dataclass(frozen=True)
class Viewer:
    """One whom `can_see` is asked about: `who` is a reference, or `everyone` for whom nothing names."""

    who: str
    title: str
    actor: Actor

    def as_json(self) -> dict[str, object]:
        """How answers name them."""
        return {"who": self.who, "title": self.title}


@dataclass(frozen=True)
class Gain(Viewer):
    """One who would read what they do not now: the task, or `fields` and work notes of one that they see already."""

    what: tuple[str, ...]
    fields: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """How answers name them."""
        return {**super().as_json(), "what": list(self.what), "fields": list(self.fields)}


@dataclass(frozen=True)
class Exposure:
    """What a change does to who sees a task, and how much of it."""

    gains: tuple[Gain, ...]
    loses: tuple[Viewer, ...]

    def as_json(self) -> dict[str, object]:
        """The preview of a change."""
        return {
            "widens": bool(self.gains),
            "gains": [viewer.as_json() for viewer in self.gains],
            "loses": [viewer.as_json() for viewer in self.loses],
        }


def require_confirmed(exposure: Exposure, confirmed: bool) -> None:
    """Raises Widens if the change lets somebody read what they do not now and it is not `confirmed`."""
    if exposure.gains and not confirmed:
        more_people = any(TASK in gain.what for gain in exposure.gains)
        detail = str(MORE_PEOPLE if more_people else MORE_OF_IT)
        gains, loses = ([viewer.as_json() for viewer in side] for side in (exposure.gains, exposure.loses))
        raise Widens(detail, gains=gains, loses=loses)


def record_losses(task: Task, exposure: Exposure, title: str, *, actor: Actor) -> None:
    """Record, for a notice, who loses the locked task, with the title that they knew; the caller stores the task."""
    for viewer in exposure.loses:
        if viewer.who.startswith("user:"):
            data: JsonObject = {"did": "withheld", "to": viewer.who, "title": title}
            writing.emit(task, event_types.TASK_GRANTED, actor=actor, internal=True, **data)


def compare(before: Task, after: Task, *, asker: Actor) -> Exposure:
    """Who gains and who loses when the task becomes as `after`; both are looked at as they are in memory.

    Fields that do not exist for the asker are not spoken of.
    """
    handover = open_handover(before)
    viewers = _viewers([*_named(before, handover), *_named(after, handover)])
    seeing, then = _seeing(before, handover, viewers), _seeing(after, handover, viewers)
    known = {
        name
        for task in (before, after)
        for name in visible_fields(TaskPermissions(asker, task, known_handover=handover))
    }
    gains = (_gain(viewer, seeing.get(viewer.who), then.get(viewer.who), known) for viewer in viewers)
    return Exposure(
        gains=tuple(gain for gain in gains if gain is not None),
        loses=tuple(viewer for viewer in viewers if viewer.who in seeing.keys() - then.keys()),
    )


def _gain(
    viewer: Viewer, before: TaskPermissions | None, after: TaskPermissions | None, known: set[str]
) -> Gain | None:
    """What the viewer gains; `before` and `after` are None where they do not see the task."""
    if after is None:
        return None
    fields = tuple(sorted(_read(after) & known - _read(before))) if before else ()
    notes = after.works_on_it and not (before and before.works_on_it)
    gained = {TASK: before is None, FIELDS: bool(fields), WORK_NOTES: notes}
    what = tuple(name for name, is_gained in gained.items() if is_gained)
    return Gain(viewer.who, viewer.title, viewer.actor, what, fields) if what else None


def _read(permissions: TaskPermissions) -> set[str]:
    """The fields that have a value which the viewer reads."""
    values = permissions.task.fields
    return {name for name in visible_fields(permissions) if values.get(name) not in EMPTY}


def _seeing(task: Task, handover: Handover | None, viewers: Sequence[Viewer]) -> dict[str, TaskPermissions]:
    """Those of the viewers who see the task."""
    roles = containers.roles_of([viewer.actor for viewer in viewers], task.container)
    grants = list(Grant.objects.filter(unexpired(), task=task.newest))
    all_permissions = {
        viewer.who: TaskPermissions(
            viewer.actor,
            task,
            known_role=roles[viewer.actor.id],
            known_handover=handover,
            known_grant=any(_is_for(grant, viewer.actor) for grant in grants),
        )
        for viewer in viewers
    }
    return {who: permissions for who, permissions in all_permissions.items() if permissions.sees()}


def _is_for(grant: Grant, actor: Actor) -> bool:
    return actor.is_user and (grant.user_id == actor.id or grant.team_id in actor.team_ids)


# --- Whom to ask about --------------------------------------------------------------------------------


def _named(task: Task, handover: Handover | None) -> Iterable[Party | None]:
    """Everybody whom the task and its container name."""
    yield from (task.reporter, task.assignee, task.private_to, task.created_by_application, task.container.application)
    if handover is not None:
        yield from (handover.to_user, handover.to_team, handover.claimed_by)
    for grant in Grant.objects.filter(unexpired(), task=task.newest).select_related("user", "team"):
        yield grant.user or grant.team
    yield from _members(task.container)


def _members(container: Container) -> Iterable[Party | None]:
    rows = Membership.objects.filter(container=container)
    for row in rows.select_related("user", "team", "application").order_by("created_at", "id"):
        yield row.user or row.team or row.application


def _viewers(parties: Iterable[Party | None]) -> list[Viewer]:
    """Each of them once, everybody else first; nobody sees anything who is no longer active."""
    result = {party.reference: party for party in parties if party is not None and _is_active(party)}
    actors = references.actors_of(party for party in result.values() if isinstance(party, User))
    return [
        Viewer(EVERYONE, _("Everybody who is signed in"), references.somebody()),
        *(Viewer(who, _title(party), _actor(party, actors)) for who, party in result.items()),
    ]


def _is_active(party: Party) -> bool:
    if isinstance(party, User):
        return party.is_active
    return party.active if isinstance(party, Application) else True


def _actor(party: Party, users: dict[UUID, Actor]) -> Actor:
    if isinstance(party, User):
        return users[party.pk]
    return references.actor_of_application(party) if isinstance(party, Application) else references.somebody(party)


def _title(party: Party) -> str:
    return party.display_name if isinstance(party, User) else party.title
