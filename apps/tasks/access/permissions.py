"""One actor's permissions on one task: role, audiences, open handover, and what follows for the task as a whole."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Literal
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.containers import access as container_access
from apps.containers.models import RANKS, Role
from apps.containers.type_document.spec import TypeSpec, spec_of
from apps.core.errors import Forbidden, NotFound
from apps.core.sql.prepared import Prepared
from apps.events.models import Event
from apps.tasks import lifecycle
from apps.tasks.custody import owner_words
from apps.tasks.lifecycle import Status
from apps.tasks.models import OPEN_STATES, Grant, Handover, Privacy, Task

from .levels import FieldAccess
from .visibility import get_task, handed_to, opened_by, unexpired

ONLY_LOOKS = "You opened this task to look at it; you change nothing in it."


def can_see(actor: Actor, task: Task) -> bool:
    """Whether the task exists for the actor: the object form of `visible_condition`."""
    return TaskPermissions(actor, task).sees()


def get_task_to_tie(actor: Actor, name: object) -> Task:
    """The task, to link another one to it. Raises NotFound also for a task that the actor reads by break-glass."""
    task = get_task(actor, name)
    if TaskPermissions(actor, task).looks_in:
        raise NotFound("There is no such task.")
    return task


@dataclass
class TaskPermissions:
    """What one actor is to one task: role, audiences, open handover. Each is read from the database at most once.

    `all_permissions` passes in what is known for many tasks, so that a row costs no query.
    """

    actor: Actor
    task: Task
    known_role: str | None = None
    known_handover: Handover | Literal["unknown"] | None = "unknown"
    known_grant: bool | None = None
    known_opened: bool | None = None
    known_newest: "TaskPermissions | None" = None
    _audiences: frozenset[str] | None = field(default=None, init=False)
    _looks_in: bool | None = field(default=None, init=False)
    hidden_by_past_rules: dict[int | None, frozenset[str]] = field(default_factory=dict, init=False)
    """The fields that past rules hide from the actor, by the sequence at which the rules ended (`past_rules.py`)."""
    past_roles: Mapping[str, frozenset[str]] | None = field(default=None, init=False)
    """The actor's roles, as audiences, in the containers of past rules that still exist, by container id."""
    computed_access: dict[tuple[object, ...], Mapping[str, FieldAccess]] = field(default_factory=dict, init=False)
    """Access to fields, by what it depends on (`fields.py`)."""

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

    @property
    def newest(self) -> "TaskPermissions":
        """The actor's permissions on the task that took the place of this attempt."""
        if self.known_newest is None:
            newest = Task.objects.select_related(*Task.RELATED).get(pk=self.task.newest)
            self.known_newest = TaskPermissions(self.actor, newest)
        return self.known_newest

    def when_free(self) -> "TaskPermissions":
        """The same as if there were no open handover."""
        free = replace(self, known_role=self.role, known_handover=None)
        free._looks_in = self.looks_in
        return free

    def when_retried(self) -> "TaskPermissions":
        """The same on the attempt that a retry by hand would make of this failed task, or start."""
        task = copy(self.task)
        if task.status == Status.FAILED:
            lifecycle.move(task, "reopen")
        retried = replace(self, task=task, known_role=self.role, known_handover=None)
        retried._looks_in = self.looks_in
        return retried

    def forget(self) -> None:
        """Derive audiences and access to fields anew: the handover changed."""
        self._audiences = None
        self.computed_access.clear()

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
            self._looks_in = not self._sees_as_user() and self._is_opened()
        return self._looks_in

    def _is_opened(self) -> bool:
        if self.known_opened is None:
            self.known_opened = opened_by(self.actor).filter(task__newest=self.task.newest).exists()
        return self.known_opened

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
        """May ask people and withdraw: the owning application, or contributors where people own the container."""
        return self.is_owner or (self.task.container.is_peoples and self.has_role(Role.CONTRIBUTOR))

    @property
    def audiences(self) -> frozenset[str]:
        """Every audience of field access that the actor belongs to on this task."""
        if self._audiences is None:
            role = "none" if self.is_owner else self.role  # an owner's role is not read
            container = container_access.audiences_in(self.actor, self.task.container, role)
            self._audiences = container | self._people_of_the_task()
        return self._audiences

    def _people_of_the_task(self) -> set[str]:
        """What a person is to this task besides."""
        if not self.actor.is_user:
            return set()
        task, actor = self.task, self.actor
        people = {"reporter": task.reporter_id, "assignee": task.assignee_id}
        return {name for name, id in people.items() if id == actor.id} | ({"handover"} if self.is_asked else set())


def open_handover(task: Task) -> Handover | None:
    """The one handover of the task that waits for an answer."""
    return _OPEN_HANDOVER.first(task.pk)


def _open_handovers(task: UUID) -> QuerySet[Handover]:
    rows = Handover.objects.filter(task=task, state__in=OPEN_STATES)
    return rows.select_related(*Handover.RELATED).order_by()


_OPEN_HANDOVER = Prepared(_open_handovers)


def is_target(actor: Actor, handover: Handover) -> bool:
    """Whether the handover was given to the actor, a team of theirs, or is claimed by them."""
    if not actor.is_user:
        return False
    in_team = handover.to_team_id in actor.team_ids and not handover.excludes(actor.id)
    return actor.id in (handover.to_user_id, handover.claimed_by_id) or in_team


def require_hand(permissions: TaskPermissions) -> None:
    """Raises Forbidden for an actor who reads the task by break-glass: they change nothing."""
    if permissions.looks_in:
        raise Forbidden(ONLY_LOOKS)


def require_asker(permissions: TaskPermissions, what: str) -> None:
    """Raises Forbidden unless the actor is the task's application, or a contributor where people own it."""
    if not permissions.is_asker:
        raise Forbidden(f"Only {owner_words(permissions.task)} can {what}.")


def may_work(permissions: TaskPermissions) -> bool:
    """The owning application, contributors and managers may retry and reopen."""
    return permissions.is_owner or permissions.has_role(Role.CONTRIBUTOR)


def may_cancel(permissions: TaskPermissions) -> bool:
    """Everybody who works on the task, and its reporter."""
    return may_work(permissions) or (permissions.actor.is_user and permissions.actor.id == permissions.task.reporter_id)


def may_take_over(permissions: TaskPermissions) -> bool:
    """People who work on the task, and those to whom it would go when it fails."""
    failover = permissions.spec.failover
    to = (failover and failover["to"]) or ""
    named = to == str(permissions.actor) or to.removeprefix("team:") in permissions.actor.team_slugs
    return permissions.actor.is_user and (named or may_work(permissions))


def require_worker(permissions: TaskPermissions, what: str) -> None:
    """Raises Forbidden unless the actor works on the task: the application, contributors and managers."""
    if not may_work(permissions):
        raise Forbidden(f"Your role in this container does not allow you to {what}.")


def require_administrator(actor: Actor) -> None:
    """Raises Forbidden unless the actor may open a task by break-glass."""
    if not actor.is_administrator:
        raise Forbidden(_("Only administrators open tasks that they do not see."))


def may_ask(permissions: TaskPermissions) -> bool:
    """A person whose task it is may put a question to somebody, while nobody else has the task."""
    asks = permissions.actor.is_user and permissions.is_asker
    return asks and lifecycle.may(permissions.task, "hand_over") and not permissions.task.is_leased


def require_may_withhold(permissions: TaskPermissions) -> None:
    """Raises Forbidden unless the actor may take the task away from its people: private to one, or elsewhere.

    That is for its reporter, whom somebody assigned it to, the managers of its container, and the application that owns
    it. Who assigned it to themselves could take any task away.
    """
    task, actor = permissions.task, permissions.actor
    allowed = (actor.is_user and actor.id == task.reporter_id) or permissions.is_owner
    if not (allowed or permissions.has_role(Role.MANAGER) or _was_assigned_by_another(permissions)):
        raise Forbidden(_("Only its reporter, its assignee and managers can take this task away from others."))


def _was_assigned_by_another(permissions: TaskPermissions) -> bool:
    task, actor = permissions.task, permissions.actor
    if not actor.is_user or task.assignee_id != actor.id:
        return False
    events = Event.objects.filter(task_id=task.pk, data__changes__assignee__isnull=False)
    assigned = events.order_by("-sequence").first()
    return assigned is None or assigned.actor != str(actor)


def may_share(permissions: TaskPermissions) -> bool:
    """A person whose task it is decides who sees it. An attempt follows its newest task."""
    return permissions.actor.is_user and permissions.is_asker and permissions.task.newest == permissions.task.pk
