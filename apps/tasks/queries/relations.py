"""What hangs on a task: links, parent and children, notes, grants."""

from uuid import UUID

from django.db.models import Q, QuerySet

from apps.actors.actor import Actor
from apps.tasks import access
from apps.tasks.access import TaskPermissions
from apps.tasks.models import Grant, Link, Note, Task

from .tasks import tasks_for


def related(actor: Actor, task: Task) -> list[tuple[str, Task]]:
    """(kind, task) of links both ways, parent and children; only those whose other end exists for the actor."""
    seen = {row.pk: row for row in tasks_for(actor).filter(_relatives(task)).order_by("id")[:200]}
    result = [("parent", seen[task.parent_id])] if task.parent_id in seen else []
    result += [("child", row) for row in seen.values() if row.parent_id == task.pk]
    for link in links(actor, task):
        outward = link.source_id == task.pk
        other = seen.get(link.target_id if outward else link.source_id)
        if other:
            result.append((link.kind if outward else f"{link.kind}_of", other))
    return result


def _relatives(task: Task) -> Q:
    """The other ends of its links, its children and its parent: four look-ups in indexes."""
    near = (
        Link.objects.filter(source=task.pk)
        .values("target")
        .union(
            Link.objects.filter(target=task.pk).values("source"),
            Task.objects.filter(parent=task.pk).values("pk"),
            Task.objects.filter(children=task.pk).values("pk"),
        )
    )
    return Q(pk__in=near)


def links(actor: Actor, task: Task) -> list[Link]:
    """The links of which both ends exist for the actor."""
    return list(links_between(actor, task.pk).select_related("source", "target").order_by("id"))


def links_between(actor: Actor, task: UUID) -> QuerySet[Link]:
    """As `links`, for the id of a task."""
    return visible_links(actor).filter(Q(source=task) | Q(target=task))


def visible_links(actor: Actor) -> QuerySet[Link]:
    """The links of all tasks of which both ends exist for the actor."""
    ends = (access.task_exists_for(actor, column) for column in ("source_id", "target_id"))
    return Link.objects.filter(*ends)


def links_and_family(actor: Actor, task: Task) -> list[Link]:
    """The links, and the parent that the task was made under and its children as links of kind `parent`, by id.

    Those are not stored: each has the id of its child, which has one parent.
    """
    near = access.visible_to(actor).filter(Q(pk=task.parent_id) | Q(parent=task.pk)).current().order_by("id")
    pairs = [(task, row) if row.pk == task.parent_id else (row, task) for row in near]
    family = [Link(pk=child.pk, kind=Link.Kind.PARENT, source=child, target=parent) for child, parent in pairs]
    return sorted(family + links(actor, task), key=lambda link: link.pk)


DIRECTED = (Link.Kind.BLOCKS, Link.Kind.PARENT)
MOST_STEPS = 1000


def leads_to(actor: Actor, kind: str, *, start: Task, end: Task) -> bool:
    """Whether one comes from a task to another by links of a kind with a direction, as far as the actor sees them."""
    waiting, seen = [start.pk], {start.pk}
    while kind in DIRECTED and waiting and end.pk not in seen and len(seen) < MOST_STEPS:
        following = set(visible_links(actor).filter(kind=kind, source__in=waiting).values_list("target", flat=True))
        if kind == Link.Kind.PARENT:
            parents = tasks_for(actor).filter(children__in=waiting)
            following |= set(parents.values_list("pk", flat=True))
        waiting = list(following - seen)
        seen |= following
    return end.pk in seen


def notes(permissions: TaskPermissions) -> QuerySet[Note]:
    """The notes that the reader may read, oldest first."""
    rows = Note.objects.filter(task__newest=permissions.task.newest)
    return rows if permissions.works_on_it else rows.filter(kind=Note.Kind.COMMENT)


def grants(task: Task) -> QuerySet[Grant]:
    """The grants of a task, oldest first."""
    return Grant.objects.filter(task=task.newest).select_related("user", "team").order_by("created_at")
