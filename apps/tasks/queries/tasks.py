"""Lists of tasks, one task and its attempts. Each read starts from what exists for the actor."""

from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Literal
from uuid import UUID

from django.db.models import Case, CharField, F, OuterRef, Q, QuerySet, Subquery, Value, When

from apps.actors.actor import Actor
from apps.core.errors import NotFound
from apps.core.sql.lookups import PickedBy
from apps.tasks import access
from apps.tasks.access import TaskPermissions
from apps.tasks.lifecycle import Status
from apps.tasks.models import SKIPPED, BreakGlass, Task, TaskQuerySet

InboxTab = Literal["mine", "teams", "asked", "following", "done"]


def tasks_for(actor: Actor) -> TaskQuerySet:
    """Every task that exists for the actor, attempts included, ready to be rendered."""
    return access.visible_to(actor).select_related(*Task.RELATED)


def listed_for(actor: Actor, slug: str | None = None) -> TaskQuerySet:
    """`listed` for who the actor is; `slug` says of which container alone."""
    return listed(actor, views=access.views_any(actor, slug))


def listed(actor: Actor, *, views: bool) -> TaskQuerySet:
    """As `tasks_for`, to be read in an order until enough are visible.

    Of whoever does not view the others' tasks there (`access.views_any`), all are found first: else a list would read
    past all that are hidden.
    """
    rows = tasks_for(actor)
    return rows if views else rows.filter(PickedBy("pk", access.own_tasks(actor)))


def merged(parts: Iterable[QuerySet[Task]]) -> TaskQuerySet:
    """The tasks of several limited queries, to be put in order and limited anew: each is read along its own index."""
    return Task.objects.filter(reduce(or_, (Q(PickedBy("pk", part.values("pk"))) for part in parts)))


def loaded(rows: QuerySet[Task]) -> list[Task]:
    """A page of tasks, ready to be rendered: ids first, joins after, since a search plans badly among many joins."""
    ids = list(rows.values_list("pk", flat=True))
    result = Task.objects.select_related(*Task.RELATED).in_bulk(ids)
    return [result[pk] for pk in ids if pk in result]


def asked_for(actor: Actor) -> QuerySet[Task]:
    """Tasks that the actor reported, the latest first."""
    return tasks_for(actor).current().filter(reporter=actor.id).order_by("-id")


def followed(actor: Actor) -> QuerySet[Task]:
    """Tasks that the actor watches, as far as they still see them, the latest change first."""
    return tasks_for(actor).current().filter(watches__user=actor.id).order_by("-updated_at", "-id")


# --- One task -----------------------------------------------------------------------------------------


def attempts(actor: Actor, task: Task) -> list[Task]:
    """The chain that the task belongs to: its predecessors, oldest first, and the newest."""
    return list(tasks_for(actor).filter(newest=task.newest).order_by("id"))


def newest_attempt(task: UUID) -> tuple[UUID, str]:
    """(id, status) of the task that stands where this one stood: itself, or what retries put in its place.

    Raises NotFound if it is gone.
    """
    same = Task.objects.filter(pk=task).values("newest")[:1]
    result = Task.objects.filter(pk=Subquery(same)).values_list("pk", "status").first()
    if result is None:
        raise NotFound
    return result


FAILURE_KEY = (
    "container__slug", "type_version__type__name", "type_version__number", "function", "step", "error__name",
)  # fmt: skip
"""What failed tasks are grouped by."""


def failed_since(actor: Actor, since: datetime) -> QuerySet[Task]:
    """The failed tasks that the actor sees, the latest first. What a person skipped has not failed."""
    rows = access.visible_to(actor).filter(status=Status.FAILED, status_changed_at__gte=since)
    return rows.exclude(SKIPPED).order_by("-status_changed_at", "-id")


FAILED_OVER = "failed_over"


def what_became(actor: Actor, column: str) -> Subquery:
    """Of a row whose `column` has a task's id: the status of the task that stands in its place now.

    FAILED_OVER if it is with a person because the automation failed; None if the actor does not see it.
    """
    same = Task.objects.filter(pk=OuterRef(OuterRef(column))).values("newest")[:1]
    failed_over = When(status=Status.HANDED_OVER, error__isnull=False, then=Value(FAILED_OVER))
    became = Case(failed_over, default=F("status"), output_field=CharField())
    return Subquery(access.visible_to(actor).filter(pk=Subquery(same)).values(became=became)[:1])


def permissions_of(actor: Actor, name: object) -> TaskPermissions:
    """The actor before a task. Raises NotFound."""
    return TaskPermissions(actor, access.get_task(actor, name))


def break_glass_of(actor: Actor, task: Task) -> BreakGlass | None:
    """The opening by which the administrator looks at the task now."""
    return access.opened_by(actor).filter(task__newest=task.newest).first()


def of_person(actor: Actor, column: str, value: str) -> Q:
    """Condition on Task: the person in the column is `user:NAME`, the actor (`me`), or nobody (`none`)."""
    if value == "none":
        return Q(**{column: None})
    if value == "me":
        return Q(**{column: actor.id}) if actor.is_user else Q(pk__in=[])
    return Q(**{f"{column}__username": value.removeprefix("user:")})
