"""Who sees which task, and who may read and write which field. With `containers/access.py` the only policy there is.

`visible_condition` (SQL) and `can_see` (one object) are the two forms of one rule (domain: privacy); a property
test proves them equal. Hidden and absent read the same: NotFound.
"""

from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from apps.actors.actor import Actor, Kind
from apps.containers import access as container_access
from apps.containers.models import RANKS, Container, Role
from apps.containers.spec import TypeSpec, spec_of
from apps.core.errors import Forbidden, NotFound
from apps.core.ids import parse_uuid
from apps.core.prepared import Prepared

from .custody import lock_reason, owner_words
from .lifecycle import Status
from .models import OPEN_STATES, BreakGlass, Grant, Handover, Privacy, Task

Level = Literal["hidden", "locked", "read", "write"]


# --- Tasks ------------------------------------------------------------------------------------------


def visible_condition(actor: Actor) -> Q:
    """Condition on Task: those that exist for the actor."""
    if actor.is_system:
        return Q()
    return _visible_to_application(actor) if actor.is_application else _visible_to_user(actor)


def _visible_to_user(actor: Actor) -> Q:
    handed = Handover.objects.filter(handed_to(actor), state__in=OPEN_STATES)
    granted = Grant.objects.filter(Q(user=actor.id) | Q(team__in=actor.team_ids), unexpired())
    viewed = Container.objects.filter(container_access.containers_with_role(actor, Role.VIEWER))
    managed = Container.objects.filter(
        container_access.containers_with_role(actor, Role.MANAGER), managers_see_restricted=True
    )
    asked = Q(newest__in=handed.values("task"))
    own = Q(reporter=actor.id) | Q(assignee=actor.id) | asked | Q(newest__in=granted.values("task"))
    seen = (
        Q(privacy=Privacy.INHERIT) & (own | Q(container__in=viewed.values("pk")))
        | Q(privacy=Privacy.RESTRICTED) & (own | Q(container__in=managed.values("pk")))
        | Q(privacy=Privacy.PRIVATE) & (Q(private_to=actor.id) | asked)
    )
    return seen | _looked_at(actor) if actor.is_administrator else seen


def _looked_at(actor: Actor) -> Q:
    return Q(newest__in=opened_by(actor).values("task__newest"))


def opened_by(actor: Actor) -> QuerySet[BreakGlass]:
    """The tasks that the administrator has opened by break-glass and may look at now, by the database clock."""
    return BreakGlass.objects.filter(user=actor.id, ended_at=None, ends_at__gt=Now())


def _visible_to_application(actor: Actor) -> Q:
    owned = Q(container__application=actor.id) & (~Q(privacy=Privacy.PRIVATE) | Q(app_readable=True))
    member = container_access.containers_with_role(actor, Role.REQUESTER)
    viewer = container_access.containers_with_role(actor, Role.VIEWER)
    made = Q(created_by_application=actor.id, container__in=Container.objects.filter(member).values("pk"))
    viewed = Q(container__in=Container.objects.filter(viewer).values("pk"))
    return owned | Q(privacy=Privacy.INHERIT) & (made | viewed) | Q(privacy=Privacy.RESTRICTED) & made


def working_condition(actor: Actor) -> Q:
    """Condition on Task, beside `visible_condition`: `Standing.works_on_it` in SQL."""
    if actor.is_system:
        return Q()
    working = Container.objects.filter(container_access.containers_with_role(actor, Role.CONTRIBUTOR))
    found = Q(container__in=working.values("pk"))
    if actor.is_user:
        handed = Handover.objects.filter(handed_to(actor), state__in=OPEN_STATES)
        found |= Q(assignee=actor.id) | Q(pk__in=handed.values("task"))
    return found | _looked_at(actor) if actor.is_administrator else found


def handed_to(actor: Actor) -> Q:
    """Condition on Handover: given to the actor, or to a team of theirs from which they are not excluded."""
    team = Q(to_team__in=actor.team_ids) & ~Q(excluded__contains=str(actor.id))
    return Q(to_user=actor.id) | team | Q(claimed_by=actor.id)


def unexpired() -> Q:
    """Condition on Grant: still good, by the database clock."""
    return Q(expires_at=None) | Q(expires_at__gt=Now())


def can_see(actor: Actor, task: Task) -> bool:
    """Whether the task exists for the actor: the object form of `visible_condition`."""
    return Standing(actor, task).sees()


def get_task(actor: Actor, name: object, *, lock: bool = False) -> Task:
    """The task with this id or key, if it exists for the actor. `lock` holds its row. Raises NotFound."""
    text = str(name)
    if "\x00" in text:
        raise NotFound("There is no such task.")
    shape = (actor.kind, actor.is_administrator, parse_uuid(text) is not None, lock)
    values = (parse_uuid(text) or text.upper(), actor.id, *actor.team_ids)
    task = _ONE_TASK.first(*values, key=shape)
    if task is None and lock:  # the row that was waited for may have got another version or container: read it anew
        task = _ONE_TASK.first(*values, key=shape)
    if task is None:
        raise NotFound("There is no such task.")
    return task


def get_task_to_tie(actor: Actor, name: object) -> Task:
    """The task, to tie another one to it. Raises NotFound also for one that an administrator only looks into."""
    task = get_task(actor, name)
    if Standing(actor, task).looks_in:
        raise NotFound("There is no such task.")
    return task


Shape = tuple[Kind, bool, bool, bool]


def _one_task(shape: Shape, name: UUID | str, actor_id: UUID, *teams: UUID) -> QuerySet[Task]:
    """The query of `get_task`; it depends on the kind of actor and the number of teams, not on who it is."""
    kind, administrates, by_id, lock = shape
    actor = Actor(kind=kind, name="", id=actor_id, team_ids=frozenset(teams), is_administrator=administrates)
    wanted = Q(pk=name) if by_id else Q(key=name)
    query = Task.objects.visible_to(actor).filter(wanted).select_related(*RELATED)
    return query.select_for_update(of=("self",)) if lock else query


_ONE_TASK = Prepared(_one_task)

RELATED = (
    "container__application", "type_version__type", "reporter", "assignee", "private_to",
    "created_by_application", "created_by_user",
)  # fmt: skip


# --- One actor before one task -----------------------------------------------------------------------


@dataclass
class Standing:
    """What one actor is to one task: role, audiences, open handover. Asks the database at most once for each.

    Lists pass `role` and `handover` in, so that a row costs no query.
    """

    actor: Actor
    task: Task
    known_role: str | None = None
    known_handover: Handover | Literal["unknown"] | None = "unknown"
    known_grant: bool | None = None
    _audiences: frozenset[str] | None = field(default=None, init=False)
    _looks_in: bool | None = field(default=None, init=False)

    @property
    def spec(self) -> TypeSpec:
        """The type version that the task stands on."""
        return spec_of(self.task.type_version)

    @property
    def role(self) -> str:
        """The actor's role in the task's container."""
        if self.known_role is None:
            self.known_role = container_access.role_of(self.actor, self.task.container)
        return self.known_role

    @property
    def handover(self) -> Handover | None:
        """The open handover of the task."""
        if self.known_handover == "unknown":
            handed = self.task.status == Status.HANDED_OVER
            self.known_handover = open_handover(self.task) if handed else None
        return self.known_handover

    @property
    def is_owner(self) -> bool:
        """The owning application (or the system)."""
        actor = self.actor
        return actor.is_system or (actor.is_application and self.task.container.application_id == actor.id)

    @property
    def is_asked(self) -> bool:
        """The open handover was given to the actor or a team of theirs."""
        return self.handover is not None and is_target(self.actor, self.handover)

    @property
    def may_answer(self) -> bool:
        """The open handover is the actor's to answer: given to them, or to their team and not claimed by another."""
        handover = self.handover
        return self.is_asked and handover is not None and handover.claimed_by_id in (None, self.actor.id)

    def forget(self) -> None:
        """Derive the audiences anew: the handover changed."""
        self._audiences = None

    def sees(self) -> bool:
        """See `can_see`."""
        if self.actor.is_system:
            return True
        return self._sees_as_application() if self.actor.is_application else self._sees_as_user() or self.looks_in

    @property
    def looks_in(self) -> bool:
        """An administrator who sees the task by break-glass alone: reads like a manager, and changes nothing."""
        if not self.actor.is_administrator:
            return False
        if self._looks_in is None:
            opened = opened_by(self.actor).filter(task__newest=self.task.newest)
            self._looks_in = not self._sees_as_user() and opened.exists()
        return self._looks_in

    def _sees_as_user(self) -> bool:
        match self.task.privacy:
            case Privacy.INHERIT:
                return self.has_role(Role.VIEWER) or self._is_own()
            case Privacy.RESTRICTED:
                managers = self.task.container.managers_see_restricted and self.has_role(Role.MANAGER)
                return managers or self._is_own()
            case Privacy.PRIVATE:
                return self.task.private_to_id == self.actor.id or self._newest_is_asked()
        return False

    def _is_own(self) -> bool:
        mine = self.actor.id in (self.task.reporter_id, self.task.assignee_id)
        return mine or self._newest_is_asked() or self._is_granted()

    def _newest_is_asked(self) -> bool:
        if self.task.newest == self.task.pk:
            return self.is_asked
        open_ones = Handover.objects.filter(handed_to(self.actor), task=self.task.newest, state__in=OPEN_STATES)
        return open_ones.exists()

    def _is_granted(self) -> bool:
        if self.known_grant is not None:
            return self.known_grant
        to = Q(user=self.actor.id) | Q(team__in=self.actor.team_ids)
        return Grant.objects.filter(to, unexpired(), task=self.task.newest).exists()

    def _sees_as_application(self) -> bool:
        task = self.task
        if self.is_owner:
            return task.privacy != Privacy.PRIVATE or task.app_readable
        made = task.created_by_application_id == self.actor.id and self.has_role(Role.REQUESTER)
        if task.privacy == Privacy.INHERIT:
            return made or self.has_role(Role.VIEWER)
        return task.privacy == Privacy.RESTRICTED and made

    def has_role(self, role: str) -> bool:
        """Whether the actor's role in the container includes `role`."""
        return RANKS[self.role] >= RANKS[role]

    @property
    def works_on_it(self) -> bool:
        """Reads work notes: the application, the assignee, targets of the open handover, contributors, managers."""
        mine = self.actor.is_user and self.task.assignee_id == self.actor.id
        return self.is_owner or mine or self.is_asked or self.has_role(Role.CONTRIBUTOR) or self.looks_in

    @property
    def is_asker(self) -> bool:
        """Whose task it is to ask and withdraw: the owning application, or contributors where people own it."""
        return self.is_owner or (self.task.container.is_peoples and self.has_role(Role.CONTRIBUTOR))

    @property
    def audiences(self) -> frozenset[str]:
        """Every audience of field access that the actor belongs to on this task (domain: fields)."""
        if self._audiences is None:
            self._audiences = frozenset(self._find_audiences())
        return self._audiences

    def _find_audiences(self) -> set[str]:
        actor, task = self.actor, self.task
        found = {"everyone", str(actor)} | {f"team:{slug}" for slug in actor.team_slugs}
        if self.is_owner:
            return found | {"application"}
        if actor.is_user and actor.id == task.reporter_id:
            found.add("reporter")
        if actor.is_user and actor.id == task.assignee_id:
            found.add("assignee")
        if self.is_asked:
            found.add("handover")
        found |= {role for role in (Role.CONTRIBUTOR, Role.MANAGER) if self.has_role(role)}
        return found


def open_handover(task: Task) -> Handover | None:
    """The one handover of the task that waits for an answer."""
    rows = Handover.objects.filter(task=task, state__in=OPEN_STATES)
    return rows.select_related("to_user", "to_team", "claimed_by", "delegated_by").first()


def is_target(actor: Actor, handover: Handover) -> bool:
    """Whether the handover was given to the actor, a team of theirs, or is claimed by them."""
    if not actor.is_user:
        return False
    in_team = handover.to_team_id in actor.team_ids and not handover.excludes(actor.id)
    return actor.id in (handover.to_user_id, handover.claimed_by_id) or in_team


def require_hand(standing: Standing) -> None:
    """Raises Forbidden for who has opened the task by break-glass: they only look."""
    if standing.looks_in:
        raise Forbidden(ONLY_LOOKS)


def require_asker(standing: Standing, what: str) -> None:
    """Raises Forbidden unless the actor is the task's application, or a contributor where people own it."""
    if not standing.is_asker:
        raise Forbidden(f"Only {owner_words(standing.task)} can {what}.")


def may_work(standing: Standing) -> bool:
    """The application, contributors and managers: they retry and reopen."""
    return standing.is_owner or standing.has_role(Role.CONTRIBUTOR)


def may_cancel(standing: Standing) -> bool:
    """Whoever works on it, and the reporter."""
    return may_work(standing) or (standing.actor.is_user and standing.actor.id == standing.task.reporter_id)


def may_take_over(standing: Standing) -> bool:
    """People who work on it, and those to whom the task would go when it fails."""
    to = (standing.spec.failover or {}).get("to", "")
    named = to == str(standing.actor) or to.removeprefix("team:") in standing.actor.team_slugs
    return standing.actor.is_user and (named or may_work(standing))


def require_worker(standing: Standing, what: str) -> None:
    """Raises Forbidden unless the actor works on the task: the application, contributors and managers."""
    if not may_work(standing):
        raise Forbidden(f"Your role in this container does not allow you to {what}.")


# --- Fields -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FieldAccess:
    """What one actor may do with one field now, and, when it is locked, why."""

    level: Level
    reason: str = ""


HIDDEN = FieldAccess("hidden")
LOOKERS = frozenset((Role.CONTRIBUTOR.value, Role.MANAGER.value))
"""The audiences with whose eyes an administrator looks who broke the glass."""
ONLY_LOOKS = "You opened this task to look at it; you change nothing in it."


def field_access(standing: Standing, *, free: bool = False) -> dict[str, FieldAccess]:
    """Access to every field of the task's type, hidden ones included; `free`: as if nobody had the task."""
    locked = "" if free else lock_reason(standing.task, standing.handover)
    return {name: _access_to(name, standing, locked) for name in standing.spec.fields}


def visible_fields(standing: Standing) -> dict[str, FieldAccess]:
    """Access to the fields that exist for the actor."""
    return {name: access for name, access in field_access(standing).items() if access.level != "hidden"}


def asked_names(handover: Handover | None) -> frozenset[str]:
    """The fields that a handover asks for."""
    return frozenset(item["name"] for item in handover.fields) if handover else frozenset()


def _access_to(name: str, standing: Standing, locked: str) -> FieldAccess:
    spec = standing.spec
    if standing.is_asked and name in asked_names(standing.handover):
        return FieldAccess("write") if standing.may_answer else FieldAccess("locked", locked)
    writers = spec.writers(name, standing.task.stage, peoples=standing.task.container.is_peoples)
    audiences = standing.audiences | LOOKERS if standing.looks_in else standing.audiences
    may_write = bool(audiences & writers)
    if not (may_write or audiences & spec.readers(name)):
        return HIDDEN
    if standing.looks_in:
        return FieldAccess("read", ONLY_LOOKS)
    if locked:
        return FieldAccess("locked", locked)
    return FieldAccess("write") if may_write else _not_a_writer(standing)


def _not_a_writer(standing: Standing) -> FieldAccess:
    """A person before an application's field waits to be asked; everybody else just reads."""
    application = standing.task.container.application
    if application is None or not standing.actor.is_user:
        return FieldAccess("read", "Your role does not allow you to change this.")
    return FieldAccess("locked", f"Locked until {application.title} asks.")
