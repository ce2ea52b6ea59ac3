"""The world without what is hidden from somebody: made by taking it out, and undone by a rollback."""

from apps.actors.actor import SYSTEM
from apps.events.models import Event
from apps.tasks import access, queries
from apps.tasks.access import Standing
from apps.tasks.models import Attachment, Grant, Handover, Link, Note, StoredFile, Task

from .askers import Party
from .calls import Names

LONGEST_TEXT = 60


def chain_of(task: Task) -> list[Task]:
    """The task and its earlier attempts: they are hidden together."""
    return list(queries.tasks_for(SYSTEM).filter(newest=task.newest))


def take_out(party: Party, task: Task) -> None:
    """Delete all of the task that the party may not know: the task itself, or what of it is hidden from them."""
    standing = Standing(party.actor, task) if party.actor else None
    if standing is None or not standing.sees():
        _take_out_task(task)
        return
    hidden = hidden_fields(standing)
    for row in chain_of(task):
        kept = {name: value for name, value in row.fields.items() if name not in hidden}
        queries.tasks_for(SYSTEM).filter(pk=row.pk).update(fields=kept)
    if not standing.works_on_it:
        _take_out_work(task)


def hidden_fields(standing: Standing) -> frozenset[str]:
    """The names of the fields that do not exist for the reader."""
    return frozenset(name for name, found in access.field_access(standing).items() if found.level == "hidden")


def _take_out_task(task: Task) -> None:
    chain = [row.pk for row in chain_of(task)]
    _take_out_files(Attachment.objects.filter(task__in=chain))
    Event.objects.filter(task_id__in=chain).delete()
    queries.tasks_for(SYSTEM).filter(newest=task.newest).delete()


def _take_out_work(task: Task) -> None:
    chain = [row.pk for row in chain_of(task)]
    _take_out_files(Attachment.objects.filter(task__in=chain, kind=Attachment.Kind.WORK_NOTE))
    Note.objects.filter(task__in=chain, kind=Note.Kind.WORK_NOTE).delete()
    Event.objects.filter(task_id__in=chain, audience=Event.Audience.WORK).delete()


def _take_out_files(rows: object) -> None:
    """The rows; their bytes stay where they are."""
    files = list(rows.values_list("file", flat=True))  # type: ignore[attr-defined]
    rows.delete()  # type: ignore[attr-defined]
    StoredFile.objects.filter(pk__in=files).delete()


def names_of(party: Party, task: Task) -> Names:
    """What can be named of the task: as hidden things for who does not see it, as plain ones for who does."""
    standing = Standing(party.actor, task) if party.actor else None
    own = {"tasks": (str(task.pk), task.key or str(task.pk)), **_parts_of(task)}
    around = {"containers": (task.container.slug,), "types": (task.type_version.type.name,)}
    if standing is None or not standing.sees():
        return Names(hidden={**own, "texts": _texts_of(task)}, plain=around)
    fields = sorted(hidden_fields(standing))
    texts = [str(task.fields[name])[:LONGEST_TEXT] for name in fields if name in task.fields]
    return Names(hidden={"fields": tuple(fields), "texts": tuple(texts)}, plain={**own, **around})


def _parts_of(task: Task) -> dict[str, tuple[str, ...]]:
    chain = [row.pk for row in chain_of(task)]
    found = {
        "handovers": Handover.objects.filter(task__in=chain),
        "attachments": Attachment.objects.filter(task__in=chain),
        "links": Link.objects.filter(source__in=chain),
        "grantees": Grant.objects.filter(task__in=chain),
    }
    return {noun: tuple(str(row.pk) for row in rows.order_by("pk")[:1]) for noun, rows in found.items()}


def _texts_of(task: Task) -> tuple[str, ...]:
    said = [task.title, task.correlation_id, task.external_id, *task.tags[:1]]
    return tuple(text[:LONGEST_TEXT] for text in said if text)
