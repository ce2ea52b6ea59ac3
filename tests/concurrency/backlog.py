"""Many tasks that are like one."""

from uuid import UUID

from apps.core.ids import uuid7
from apps.core.sql.rows import insert
from apps.tasks.models import Task

AT_ONCE = 2000


def copies_of(task: UUID, count: int) -> list[UUID]:
    """So many tasks like that one, itself among them; their ids in order."""
    first = Task.objects.get(pk=task)
    ids = [task]
    while len(ids) < count:
        copies = [_copy(first) for _ in range(min(AT_ONCE, count - len(ids)))]
        insert(copies)
        ids += [copy.pk for copy in copies]
    return ids


def _copy(first: Task) -> Task:
    values = {field.attname: getattr(first, field.attname) for field in Task._meta.concrete_fields}
    id = uuid7()
    return Task(**{**values, "id": id, "newest": id, "key": None, "external_id": None})
