"""Keeping the searched texts: written in the transaction that writes what they are of.

A field is found by those who may read it in every stage. What a stage, a handover or a lease opens for a while is not
searched, so that moving a task writes nothing here. Nobody searches secret fields.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, reduce
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from apps.containers.type_document.spec import TypeSpec, spec_of
from apps.core.json_types import Json
from apps.core.sql.rows import insert, like, put
from apps.tasks import access
from apps.tasks.models import Attachment, Note, SearchText, Task

from .words import words_of

EVERYONE, WORK = "everyone", "work"
MAIN = "task"
TEXTS = frozenset({"title", "description", "tags", "fields", "key"})
"""Columns of a task that are searched."""
RULES = frozenset({"type_version", "type_version_id", "container", "container_id"})
"""Columns that decide for whom the texts are: the caller may have set them on the task before."""
Parts = dict[str, SearchText]
OWN = Q(part=MAIN) | Q(part__startswith="fields:")
"""Condition on SearchText: rows of the task itself."""
PARTS = {Note: "note", Attachment: "file"}


def remember(tasks: Iterable[Task]) -> None:
    """The texts of new tasks."""
    insert([row for task in tasks for row in rows_of(task)])


def before_change(task: Task, columns: Iterable[str]) -> Parts | None:
    """What `refresh` needs to know: the texts before the change, {} to write all anew, None if no text changes."""
    if not RULES.isdisjoint(columns):
        return {}
    return None if TEXTS.isdisjoint(columns) else parts_of(task)


def refresh(task: Task, before: Parts | None) -> None:
    """Store what has changed in the texts of a task since `before_change`."""
    refresh_all([(task, before)])


def refresh_all(tasks: Iterable[tuple[Task, Parts | None]]) -> None:
    """The same for many tasks."""
    changed: list[SearchText] = []
    for task, before in tasks:
        if before is None:
            continue
        after = parts_of(task)
        if not before or before.keys() - after.keys():
            SearchText.objects.filter(OWN, task=task).exclude(part__in=after).delete()
        changed += [row for part, row in after.items() if part not in before or not _same(row, before[part])]
    if changed:
        store(changed)


def rewrite(tasks: Iterable[Task]) -> None:
    """The texts of tasks of which it was changed for whom they are."""
    for task in tasks:
        refresh(task, {})


def store(rows: Iterable[SearchText]) -> None:
    """Put rows in the place of those of the same task and part."""
    put(list(rows), unique=("task", "part"), changed=("audience", "words"))


def index_text(value: Note | Attachment) -> None:
    """The text of a note, or the name of a file."""
    store([row_of_text(value)])


def forget_text(value: Note | Attachment) -> None:
    """Take its text out of the index: it is deleted."""
    SearchText.objects.filter(task=value.task.newest, part=_part(value)).delete()


def follow(successors: Mapping[UUID, UUID]) -> None:
    """Notes and files of attempts are found at the tasks that took over: attempt → the task in its place."""
    rows = SearchText.objects.filter(~OWN, task__in=successors)
    for task in set(rows.values_list("task_id", flat=True)):
        rows.filter(task=task).update(task=successors[task])


def rebuild(after: UUID | None = None, limit: int = 100) -> UUID | None:
    """Write the texts of some tasks anew, in the order of their ids; returns the last one, None at the end."""
    with transaction.atomic():
        tasks = Task.objects.select_for_update(of=("self",)).select_related("container", "type_version").order_by("id")
        batch = list((tasks.filter(pk__gt=after) if after else tasks)[:limit])
        ids = [task.pk for task in batch]
        SearchText.objects.filter(task__in=ids).delete()
        remember(batch)
        notes = Note.objects.filter(task__newest__in=ids).select_related("task")
        files = Attachment.objects.filter(task__newest__in=ids, field=None).select_related("task")
        store([*map(row_of_text, notes), *map(row_of_text, files)])
    return ids[-1] if ids else None


def rows_of(task: Task) -> list[SearchText]:
    """The rows of the task itself; notes and files have their own."""
    texts: dict[str, list[str]] = defaultdict(list)
    texts[EVERYONE] += [task.title, task.key or "", task.description, *map(str, task.tags)]
    spec = spec_of(task.type_version)
    searched = {} if access.is_of_other_rules(task) else task.fields  # nobody finds by what not all of its readers read
    for name, value in searched.items():
        audience = _audience(spec, name, peoples=task.container.is_peoples) if name in spec.fields else None
        if audience:
            texts[audience] += texts_in(value)
    return [_row(task, _part_for(audience), audience, result) for audience, result in texts.items()]


def parts_of(task: Task) -> Parts:
    """The same by part."""
    return {row.part: row for row in rows_of(task)}


def row_of_text(value: Note | Attachment) -> SearchText:
    """The row of a note or a file: found at the task that took over, if it belongs to an attempt."""
    audience = WORK if value.kind == Note.Kind.WORK_NOTE else EVERYONE
    text = value.text if isinstance(value, Note) else value.name
    return SearchText(task_id=value.task.newest, part=_part(value), audience=audience, words=" ".join(words_of(text)))


def _part(value: Note | Attachment) -> str:
    return f"{PARTS[type(value)]}:{value.pk}"


def _part_for(audience: str) -> str:
    if audience == EVERYONE:
        return MAIN
    return "fields:" + hashlib.blake2s(audience.encode(), digest_size=16).hexdigest()


def _row(task: Task, part: str, audience: str, texts: list[str]) -> SearchText:
    words = words_of("\n".join(texts))
    return like(_blank(), task_id=task.pk, part=part, audience=audience, words=" ".join(words))


@cache
def _blank() -> SearchText:
    return SearchText()


def _same(one: SearchText, other: SearchText) -> bool:
    return (one.audience, one.words) == (other.audience, other.words)


def _audience(spec: TypeSpec, name: str, *, peoples: bool) -> str | None:
    """Who reads the field, whatever becomes of the task; None for nobody at all."""
    if spec.fields[name].secret:
        return None
    writers = [spec.writers(name, stage.name, peoples=peoples) for stage in spec.stages]
    always = reduce(frozenset.__and__, writers) if writers else frozenset()
    readers = spec.readers(name) | always
    if EVERYONE in readers:
        return EVERYONE
    return f",{','.join(sorted(readers))}," if readers else None


def texts_in(value: Json) -> Iterator[str]:
    """The texts and numbers in a value, however deep."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from texts_in(item)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)
