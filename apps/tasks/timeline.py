"""The history of tasks as one reader may know it.

`render_events` renders any number of events of any number of tasks; the number of statements depends on neither.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from functools import cache
from itertools import islice
from typing import NamedTuple, TypedDict
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.core.json_types import Json, JsonObject
from apps.core.timestamps import format_timestamp
from apps.events import event_types
from apps.events.models import Event

from . import access, queries
from .access import TaskPermissions
from .models import Task


class EventDocument(TypedDict):
    """An event as the API renders it: CloudEvents 1.0 with the extensions that api.md names."""

    specversion: str
    id: str
    source: str
    type: str
    time: str
    subject: str | None
    sequence: int | None
    correlationid: str | None
    causationid: str | None
    actor: str
    data: JsonObject


def task_events(permissions: TaskPermissions, *, latest: int | None = None) -> list[EventDocument]:
    """The history of the task and its attempts as the reader may know it, oldest first.

    `latest` limits it to so many events, the newest ones.
    """
    rendered = _rendered(permissions, _rows(permissions).order_by("-time", "-sequence", "-id"), latest)
    return list(islice(rendered, latest))[::-1]


def _rows(permissions: TaskPermissions) -> QuerySet[Event]:
    """The events of the task and its attempts, without internal ones for who does not work on it."""
    rows = Event.objects.filter(task_id__in=Task.objects.filter(newest=permissions.task.newest).values("pk"))
    return rows if permissions.works_on_it else rows.filter(audience=Event.Audience.TASK)


class Entry(NamedTuple):
    """A document and its position in the history, as JSON."""

    document: EventDocument
    position: list[Json]


def events_after(permissions: TaskPermissions, position: list[Json] | None, limit: int) -> list[Entry]:
    """So many events of the history after the position, or from its beginning, oldest first.

    No more rows are read than that takes.
    """
    entries: list[Entry] = []
    rows = _rows(permissions).order_by("time", "sequence", "id")
    while len(entries) < limit:
        page = list(rows.filter(_after(position))[:limit])
        documents = render_events(permissions.actor, page, {event.task_id: permissions for event in page})
        pairs = zip(documents, page, strict=True)
        entries += [Entry(document, _position(event)) for document, event in pairs if document is not None]
        if len(page) < limit:
            break
        position = _position(page[-1])
    return entries[:limit]


def _position(event: Event) -> list[Json]:
    return [event.time.isoformat(), event.sequence, str(event.pk)]


def _after(position: list[Json] | None) -> Q:
    if position is None:
        return Q()
    time, sequence, pk = position
    later = Q(sequence__gt=sequence) | Q(sequence=sequence, pk__gt=pk)
    return Q(time__gt=datetime.fromisoformat(time)) | Q(time=datetime.fromisoformat(time)) & later


def _rendered(permissions: TaskPermissions, rows: QuerySet[Event], latest: int | None) -> Iterator[EventDocument]:
    """All of the rows, `latest` at a time: what is hidden among the newest makes room for what came before."""
    start = 0
    while True:
        page = list(rows[start : start + latest] if latest else rows)
        documents = render_events(permissions.actor, page, {event.task_id: permissions for event in page})
        yield from (document for document in documents if document is not None)
        if not latest or len(page) < latest:
            return
        start += latest


def permissions_by_task(actor: Actor, events: Iterable[Event]) -> dict[UUID, TaskPermissions]:
    """The actor's permissions on the tasks of the events, by id, without those that do not exist for the actor."""
    ids = {event.task_id for event in events if event.task_id is not None}
    tasks = queries.tasks_for(actor).filter(pk__in=ids)
    return {permissions.task.pk: permissions for permissions in access.all_permissions(actor, tasks)}


def render_events(
    actor: Actor, events: Sequence[Event], permissions_by_task: Mapping[UUID | None, TaskPermissions]
) -> list[EventDocument | None]:
    """Each event as the actor may know it, in order; None for one that does not exist for them.

    `permissions_by_task` has the actor's permissions by the `task_id` of events; events of other tasks do not exist.
    """
    links = _visible_links(actor, events)
    readers = cache(lambda task_id: _Reader(permissions_by_task[task_id], links))
    return [readers(event.task_id).render(event) if event.task_id in permissions_by_task else None for event in events]


_NO_LINK = UUID(int=0)


def _visible_links(actor: Actor, events: Iterable[Event]) -> frozenset[str]:
    """The links in the events of which both ends exist for the actor.

    It is one statement whether or not there are any: the response time discloses nothing.
    """
    named = {event.data.get("link") for event in events if event.type == event_types.TASK_LINKED}
    rows = queries.visible_links(actor).filter(pk__in={_NO_LINK, *filter(None, named)})
    return frozenset(str(pk) for pk in rows.values_list("pk", flat=True))


class _Reader:
    """One reader of the events of one task."""

    def __init__(self, permissions: TaskPermissions, links: Set[str]) -> None:
        self.permissions = permissions
        self.links = links
        self.past_fields = access.past_fields_of(permissions)

    def render(self, event: Event) -> EventDocument | None:
        if not self._exists(event):
            return None
        return render_event(event, self.past_fields(event.time, event.sequence), whole=self._knows_error(event))

    def _exists(self, event: Event) -> bool:
        """Not internal, unless the reader works on the task; not of a link whose other end is hidden or gone."""
        if event.audience != Event.Audience.TASK and not self.permissions.works_on_it:
            return False
        return event.type != event_types.TASK_LINKED or event.data.get("link") in self.links

    def _knows_error(self, event: Event) -> bool:
        """Whether the reader may know why an action failed: the error may be about any field."""
        if event.type != event_types.RULE_FAILED or event.actor == str(self.permissions.actor):
            return True
        return access.knows_all(self.permissions, event.time, event.sequence)


def render_event(event: Event, visible: Collection[str], *, whole: bool = True) -> EventDocument | None:
    """The document of an event with the `visible` fields alone; None if nothing of it is left.

    Without `whole`, an error does not say what was wrong.
    """
    data = _visible_data(event, visible)
    if data is None:
        return None
    if not whole and "error" in data:
        data["error"] = _("It was not possible then.")
    return {
        "specversion": "1.0",
        "id": str(event.pk),
        "source": "/api/v1",
        "type": event.type,
        "time": format_timestamp(event.time) or "",
        "subject": str(event.task_id) if event.task_id else None,
        "sequence": event.sequence,
        "correlationid": event.correlation_id,
        "causationid": str(event.causation_id) if event.causation_id else None,
        "actor": event.actor,
        "data": data,
    }


ABOUT_FIELDS_ALONE = (event_types.TASK_UPDATED, event_types.TASK_UPDATE_SCHEDULED)
"""Types of events of which nothing is left when all their fields are hidden."""


def _visible_data(event: Event, visible: Collection[str]) -> JsonObject | None:
    data = dict(event.data)
    for part in ("changes", "planned"):
        if part in data:
            data[part] = {name: value for name, value in data[part].items() if _is_visible(name, visible)}
            if not data[part] and event.type in ABOUT_FIELDS_ALONE:
                return None
    if data.get("field") is not None and data["field"] not in visible:  # a file that belongs to it
        return None
    if "asked" in data:
        data["asked"] = [name for name in data["asked"] if name in visible]
    return data


def _is_visible(name: str, visible: Collection[str]) -> bool:
    field = name.removeprefix("fields.")
    return field == name or field in visible
