"""One actor before one task: role, audiences, open handover; and what follows from that for the task as a whole."""

from dataclasses import dataclass, field
from typing import Literal

from django.db.models import Q

from apps.actors.actor import Actor
from apps.containers import access as container_access
from apps.containers.models import RANKS, Role
from apps.containers.spec import TypeSpec, spec_of
from apps.core.errors import Forbidden, NotFound
from apps.tasks.custody import owner_words
from apps.tasks.lifecycle import Status
from apps.tasks.models import OPEN_STATES, Grant, Handover, Privacy, Task

from .sight import get_task, handed_to, opened_by, unexpired

ONLY_LOOKS = "You opened this task to look at it; you change nothing in it."


def can_see(actor: Actor, task: Task) -> bool:
    """Whether the task exists for the actor: the object form of `visible_condition`."""
    return Standing(actor, task).sees()


def get_task_to_tie(actor: Actor, name: object) -> Task:
    """The task, to tie another one to it. Raises NotFound also for one that an administrator only looks into."""
    task = get_task(actor, name)
    if Standing(actor, task).looks_in:
        raise NotFound("There is no such task.")
    return task


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
    kept: dict[int | None, frozenset[str]] = field(default_factory=dict, init=False)
    """What the rules of other times keep from the actor, by the sequence at which they ended (`history.py`)."""

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
