"""One actor's permissions on many tasks, for a number of statements that does not depend on how many."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db.models import Q

from apps.actors.actor import Actor
from apps.containers import access as container_access
from apps.containers.type_document.spec import learn
from apps.tasks import pauses
from apps.tasks.lifecycle import Status
from apps.tasks.models import OPEN_STATES, Grant, Handover, Task

from .past_rules import is_of_other_rules, learn_past_roles
from .permissions import TaskPermissions
from .visibility import opened_by, unexpired


def all_permissions(
    actor: Actor, tasks: Iterable[Task], *, known_roles: Mapping[UUID, str] | None = None
) -> list[TaskPermissions]:
    """The actor's permissions on each of the tasks, in order; the tasks come with `Task.RELATED` joined.

    `known_roles` are the actor's in the containers of all of them.
    """
    tasks = list(tasks)
    learn(task.type_version for task in tasks)
    pauses.learn(tasks)
    newest = {permissions.task.pk: permissions for permissions in _of_newest(actor, tasks)}
    handovers = _open_handovers(task.pk for task in tasks if task.status == Status.HANDED_OVER)
    roles = known_roles or container_access.roles_in(actor, {t.container_id: t.container for t in tasks}.values())
    opened, granted = _opened(actor), _granted(actor, tasks)
    permissions = [
        TaskPermissions(
            actor,
            task,
            known_role=roles[task.container_id],
            known_handover=handovers.get(task.pk),
            known_grant=None if granted is None else task.newest in granted,
            known_opened=task.newest in opened,
            known_newest=newest.get(task.newest) if is_of_other_rules(task) else None,
        )
        for task in tasks
    ]
    learn_past_roles(actor, permissions)
    return permissions


def _of_newest(actor: Actor, tasks: Iterable[Task]) -> list[TaskPermissions]:
    """For attempts of other rules: the permissions on the tasks that took their place, which limit what they tell."""
    ids = {task.newest for task in tasks if is_of_other_rules(task)}
    return all_permissions(actor, Task.objects.select_related(*Task.RELATED).filter(pk__in=ids)) if ids else []


def _open_handovers(tasks: Iterable[UUID]) -> dict[UUID, Handover]:
    ids = list(tasks)
    rows = Handover.objects.filter(task__in=ids, state__in=OPEN_STATES).select_related(*Handover.RELATED) if ids else ()
    return {row.task_id: row for row in rows}


def _opened(actor: Actor) -> frozenset[UUID]:
    """The newest attempts of the tasks that the administrator has opened by break-glass."""
    return frozenset(opened_by(actor).values_list("task__newest", flat=True) if actor.is_administrator else ())


def _granted(actor: Actor, tasks: Iterable[Task]) -> frozenset[UUID] | None:
    """The tasks that are shared with an administrator: what decides whether they only look; None for others."""
    if not actor.is_administrator:
        return None
    to = Q(user=actor.id) | Q(team__in=actor.team_ids)
    rows = Grant.objects.filter(to, unexpired(), task__in={task.newest for task in tasks})
    return frozenset(rows.values_list("task_id", flat=True))
