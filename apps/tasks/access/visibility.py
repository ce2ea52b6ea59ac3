"""Which tasks exist for an actor, in SQL; and finding one of them.

`TaskPermissions.sees` (`permissions.py`) is the same rule for one task at hand; a property test proves them equal.
"""

from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from apps.actors.actor import Actor, Kind
from apps.containers import access as container_access
from apps.containers.models import Container, Role
from apps.core.errors import NotFound
from apps.core.ids import parse_uuid
from apps.core.sql.lookups import LookedUp
from apps.core.sql.prepared import Prepared
from apps.tasks.models import OPEN_STATES, BreakGlass, Grant, Handover, Privacy, Task, TaskQuerySet


def visible_condition(actor: Actor) -> Q:
    """Condition on Task: those that exist for the actor."""
    if actor.is_system:
        return Q()
    return _visible_to_application(actor) if actor.is_application else _visible_to_user(actor)


def visible_to(actor: Actor) -> TaskQuerySet:
    """The tasks that exist for the actor."""
    return Task.objects.filter(visible_condition(actor))


def _visible_to_user(actor: Actor) -> Q:
    asked = handed_through(actor, "newest")
    granted = Grant.objects.filter(Q(user=actor.id) | Q(team__in=actor.team_ids), unexpired(), task=OuterRef("newest"))
    own = Q(reporter=actor.id) | Q(assignee=actor.id) | Q(asked) | Q(LookedUp(granted))
    seen = (
        Q(privacy=Privacy.INHERIT) & (in_containers(actor, Role.VIEWER) | own)
        | Q(privacy=Privacy.RESTRICTED) & (own | in_containers(actor, Role.MANAGER, managers_see_restricted=True))
        | Q(privacy=Privacy.PRIVATE) & (Q(private_to=actor.id) | Q(asked))
    )
    return seen | _looked_at(actor) if actor.is_administrator else seen


def in_containers(actor: Actor, role: str, **having: bool) -> Q:
    """Condition on Task: it lies in a container where the actor has `role` or more."""
    rows = Container.objects.filter(container_access.containers_with_role(actor, role), pk=OuterRef("container"))
    return Q(LookedUp(rows.filter(**having)))


def views_any(actor: Actor, slug: str | None = None) -> bool:
    """Whether there is a container (or this one is such) of which the actor may see tasks that are not their own.

    Applications count as if there were: what they see is not in `own_tasks`.
    """
    if not actor.is_user:
        return True
    values: list[UUID | str] = [actor.id, *actor.team_ids]
    values += [] if slug is None else [slug]
    return _VIEWED.first(*values, key=slug is not None) is not None


def _viewed(is_named: bool, actor_id: UUID, *values: Any) -> QuerySet[Container]:
    teams, slug = (values[:-1], Q(slug=values[-1])) if is_named else (values, Q())
    actor = Actor("user", "", actor_id, frozenset(teams))
    return Container.objects.filter(slug, container_access.containers_with_role(actor, Role.VIEWER)).order_by()[:1]


_VIEWED = Prepared(_viewed)


def own_tasks(actor: Actor) -> QuerySet[Task, Any]:
    """The ids of all tasks that may exist for a person who views no container: found by what makes them theirs."""
    handed = Handover.objects.filter(handed_to(actor), state__in=OPEN_STATES).order_by().values("task")
    granted = Grant.objects.filter(Q(user=actor.id) | Q(team__in=actor.team_ids), unexpired()).order_by().values("task")
    opened = [opened_by(actor).order_by().values("task__newest")] if actor.is_administrator else []
    newest = handed.union(granted, *opened, all=True)
    attempts = Task.objects.exclude(newest=F("pk")).filter(newest__in=newest).values("pk")
    rows = [Task.objects.filter(**{column: actor.id}) for column in ("reporter", "assignee", "private_to")]
    return attempts.union(*(part.values("pk") for part in rows), handed, granted, *opened, all=True)


def handed_through(actor: Actor, column: str, asks: Q | None = None) -> LookedUp:
    """Condition on Task: an open handover of the task whose id is in `column` was given to the actor.

    `asks` is a further condition on Handover.
    """
    rows = Handover.objects.filter(handed_to(actor), asks or Q(), task=OuterRef(column), state__in=OPEN_STATES)
    return LookedUp(rows)


def _looked_at(actor: Actor) -> Q:
    return Q(LookedUp(opened_by(actor).filter(task__newest=OuterRef("newest"))))


def opened_by(actor: Actor) -> QuerySet[BreakGlass]:
    """The tasks that the administrator has opened by break-glass and may look at now, by the database clock."""
    return BreakGlass.objects.filter(user=actor.id, ended_at=None, ends_at__gt=Now())


def _visible_to_application(actor: Actor) -> Q:
    owner = Container.objects.filter(pk=OuterRef("container"), application=actor.id)  # a closed one has none any more
    owned = Q(LookedUp(owner)) & (~Q(privacy=Privacy.PRIVATE) | Q(app_readable=True))
    made = Q(created_by_application=actor.id) & in_containers(actor, Role.REQUESTER)
    viewed = in_containers(actor, Role.VIEWER)
    return owned | Q(privacy=Privacy.INHERIT) & (made | viewed) | Q(privacy=Privacy.RESTRICTED) & made


def working_condition(actor: Actor) -> Q:
    """Condition on Task, beside `visible_condition`: `TaskPermissions.works_on_it` in SQL."""
    if actor.is_system:
        return Q()
    result = in_containers(actor, Role.CONTRIBUTOR)
    if actor.is_user:
        result |= Q(assignee=actor.id) | Q(handed_through(actor, "pk"))
    return result | _looked_at(actor) if actor.is_administrator else result


def workable_condition(actor: Actor) -> Q:
    """Condition on Task, beside `visible_condition`: `may_work` in SQL."""
    return Q() if actor.is_system else in_containers(actor, Role.CONTRIBUTOR)


def task_exists_for(actor: Actor, through: str, *, working: bool = False) -> LookedUp:
    """Condition on a part of a task (a handover, an attachment, ...): the task exists for the actor.

    `through` names the part's column that holds the id of the task, as `task_id` or `task__newest`. With `working`
    the actor works on the task, too.
    """
    rows = visible_to(actor).filter(pk=OuterRef(through))
    return LookedUp(rows.filter(working_condition(actor)) if working else rows)


def handed_to(actor: Actor) -> Q:
    """Condition on Handover: given to the actor, or to a team of theirs from which they are not excluded."""
    team = Q(to_team__in=actor.team_ids) & ~Q(excluded__contains=str(actor.id))
    return Q(to_user=actor.id) | team | Q(claimed_by=actor.id)


def unexpired() -> Q:
    """Condition on Grant: still good, by the database clock."""
    return Q(expires_at=None) | Q(expires_at__gt=Now())


def get_task(actor: Actor, name: object, *, lock: bool = False, newest: bool = False) -> Task:
    """The task with this id or key, if it exists for the actor. `lock` holds its row. Raises NotFound.

    With `newest` the id of an attempt means the task that stands in its place.
    """
    text = str(name)
    if "\x00" in text:
        raise NotFound("There is no such task.")
    shape = (actor.kind, actor.is_administrator, parse_uuid(text) is not None, lock, newest)
    values = (parse_uuid(text) or text.upper(), actor.id, *actor.team_ids)
    task = _ONE_TASK.first(*values, key=shape)
    if task is None and lock:  # the row that was waited for may have got another version or container: read it anew
        task = _ONE_TASK.first(*values, key=shape)
    if task is None:
        raise NotFound("There is no such task.")
    return task


Shape = tuple[Kind, bool, bool, bool, bool]


def _one_task(shape: Shape, name: UUID | str, actor_id: UUID, *teams: UUID) -> QuerySet[Task]:
    """The query of `get_task`; it depends on the kind of actor and the number of teams, not on who it is."""
    kind, administrates, by_id, lock, newest = shape
    actor = Actor(kind=kind, name="", id=actor_id, team_ids=frozenset(teams), is_administrator=administrates)
    wanted = Q(pk=name) if by_id else Q(key=name)
    if by_id and newest:
        wanted = Q(pk__in=Task.objects.filter(wanted).values("newest"))
    query = visible_to(actor).filter(wanted).select_related(*Task.RELATED)
    return query.select_for_update(of=("self",)) if lock else query


_ONE_TASK = Prepared(_one_task)
