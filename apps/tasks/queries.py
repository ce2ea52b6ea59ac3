"""Reads that join or aggregate: lists, inbox, board, timeline, attempts. Each starts from what exists for the actor."""

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, islice
from typing import Any, Literal
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.containers.models import Container
from apps.core.errors import NotFound
from apps.core.ids import parse_uuid
from apps.events import verbs
from apps.events.models import Event

from . import access
from .access import RELATED, Standing
from .models import OPEN_STATES, Attachment, Grant, Handover, Link, Note, Task, TaskQuerySet

InboxTab = Literal["mine", "teams", "asked", "following", "done"]
DONE_DAYS = 7


def tasks_for(actor: Actor) -> TaskQuerySet:
    """Every task that exists for the actor, attempts included, ready to be rendered."""
    return Task.objects.visible_to(actor).select_related(*RELATED)


def loaded(rows: QuerySet[Task]) -> list[Task]:
    """A page of tasks, ready to be rendered: found first, joined after, since a search plans badly among many joins."""
    ids = list(rows.values_list("pk", flat=True))
    found = Task.objects.select_related(*RELATED).in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


# --- Handovers ----------------------------------------------------------------------------------------

HANDOVER_RELATED = (
    "to_user", "to_team", "claimed_by", "answered_by", "delegated_by", *(f"task__{name}" for name in RELATED),
)  # fmt: skip


def handovers_for(actor: Actor) -> QuerySet[Handover]:
    """The handovers on tasks that exist for the actor."""
    tasks = Task.objects.visible_to(actor)
    return Handover.objects.filter(task__in=tasks.values("pk")).select_related(*HANDOVER_RELATED)


def inbox(actor: Actor) -> QuerySet[Handover]:
    """The open handovers that the actor may answer, most urgent first: theirs, and their teams' unclaimed ones."""
    mine = Q(claimed_by=actor.id) | Q(claimed_by=None)
    rows = (
        Handover.objects.filter(mine, access.handed_to(actor), state__in=OPEN_STATES)
        if actor.is_user
        else Handover.objects.none()
    )
    return _by_urgency(rows)


def waiting_on_me(actor: Actor) -> QuerySet[Handover]:
    """Given to the actor in person, or claimed by them."""
    return inbox(actor).filter(Q(to_user=actor.id) | Q(claimed_by=actor.id))


def answered_by(actor: Actor) -> QuerySet[Handover]:
    """Answered by the actor, the latest first, as far as they still see the tasks."""
    return handovers_for(actor).filter(answered_by=actor.id).order_by("-ended_at", "-id")


def _by_urgency(rows: QuerySet[Handover]) -> QuerySet[Handover]:
    urgent = rows.order_by(F("due_at").asc(nulls_last=True), F("task__priority").desc(), "created_at", "id")
    return urgent.select_related(*HANDOVER_RELATED)


def asked_for(actor: Actor) -> QuerySet[Task]:
    """Tasks that the actor reported, the latest first."""
    return tasks_for(actor).current().filter(reporter=actor.id).order_by("-id")


def followed(actor: Actor) -> QuerySet[Task]:
    """Tasks that the actor watches, as far as they still see them, the latest change first."""
    return tasks_for(actor).current().filter(watches__user=actor.id).order_by("-updated_at", "-id")


# --- Board --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lane:
    """One column: its first cards, and how many there are for this reader."""

    tasks: list[Task]
    count: int


def board(
    actor: Actor,
    container: Container,
    *,
    done: Iterable[str],
    limit: int,
    narrow: Q | None = None,
    all_of: str | None = None,
) -> dict[str, Lane]:
    """Stage → lane for the stages that have cards, in one query. Stages in `done` show the last days only.

    `narrow` filters the cards; the lane `all_of` has up to ten times as many cards.
    """
    old = Q(stage__in=list(done), status_changed_at__lte=timezone.now() - timedelta(days=DONE_DAYS))
    rows = tasks_for(actor).current().filter(narrow or Q(), ~old, container=container)
    rows = rows.annotate(
        place=Window(RowNumber(), partition_by="stage", order_by=["rank", "id"]),
        lane_size=Window(Count("pk"), partition_by="stage"),
    )
    cards = rows.filter(Q(place__lte=limit) | Q(place__lte=limit * 10, stage=all_of)).order_by("rank", "id")
    lanes: dict[str, Lane] = {}
    for card in _found_first(cards) if narrow else cards:
        lanes.setdefault(card.stage, Lane([], card.lane_size)).tasks.append(card)
    return lanes


def _found_first(cards: TaskQuerySet) -> list[Any]:
    """As `loaded`, with the size of the lane."""
    sizes: dict[Any, int] = {row["pk"]: row["lane_size"] for row in cards.values("pk", "lane_size")}  # type: ignore[misc]
    found = Task.objects.select_related(*RELATED).in_bulk(sizes)
    for pk, card in found.items():
        card.lane_size = sizes[pk]  # type: ignore[attr-defined]
    return [found[pk] for pk in sizes if pk in found]


# --- One task -----------------------------------------------------------------------------------------


def attempts(actor: Actor, task: Task) -> list[Task]:
    """The chain that the task belongs to: its predecessors, oldest first, and the newest."""
    return list(tasks_for(actor).filter(newest=task.newest).order_by("id"))


def newest_attempt(task: UUID) -> tuple[UUID, str]:
    """(id, status) of the task that stands where this one stood: itself, or what retries put in its place.

    Raises NotFound if it is gone.
    """
    same = Task.objects.filter(pk=task).values("newest")[:1]
    found = Task.objects.filter(pk=Subquery(same)).values_list("pk", "status").first()
    if found is None:
        raise NotFound
    return found


def related(actor: Actor, task: Task) -> list[tuple[str, Task]]:
    """(kind, task) of links both ways, parent and children; only those whose other end exists for the actor."""
    seen = {row.pk: row for row in tasks_for(actor).filter(_relatives(task)).order_by("id")[:200]}
    found = [("parent", seen[task.parent_id])] if task.parent_id in seen else []
    found += [("child", row) for row in seen.values() if row.parent_id == task.pk]
    for link in links(actor, task):
        outward = link.source_id == task.pk
        other = seen.get(link.target_id if outward else link.source_id)
        if other:
            found.append((link.kind if outward else f"{link.kind}_of", other))
    return found


def _relatives(task: Task) -> Q:
    linked = Q(links_in__source=task.pk) | Q(links_out__target=task.pk)
    return Q(pk__in=Task.objects.filter(linked | Q(parent=task.pk) | Q(pk=task.parent_id)).values("pk"))


def links(actor: Actor, task: Task) -> list[Link]:
    """The links of which both ends exist for the actor."""
    return list(links_between(actor, task.pk).select_related("source", "target").order_by("id"))


def links_between(actor: Actor, task: UUID) -> QuerySet[Link]:
    """As `links`, for the id of a task."""
    visible = Task.objects.visible_to(actor).values("pk")
    return Link.objects.filter(Q(source=task) | Q(target=task), source__in=visible, target__in=visible)


def links_and_family(actor: Actor, task: Task) -> list[Link]:
    """The links, after the parent that the task was made under and the children, as links of kind `parent`.

    Those are not stored: each has the id of its child, which has one parent.
    """
    near = Task.objects.visible_to(actor).filter(Q(pk=task.parent_id) | Q(parent=task.pk)).current().order_by("id")
    pairs = [(task, row) if row.pk == task.parent_id else (row, task) for row in near]
    family = [Link(pk=child.pk, kind=Link.Kind.PARENT, source=child, target=parent) for child, parent in pairs]
    return family + links(actor, task)


def notes(standing: Standing) -> QuerySet[Note]:
    """The notes that the reader may read, oldest first."""
    rows = Note.objects.filter(task__newest=standing.task.newest)
    return rows if standing.works_on_it else rows.filter(kind=Note.Kind.COMMENT)


def standing_of(actor: Actor, name: object) -> Standing:
    """The actor before a task. Raises NotFound."""
    return Standing(actor, access.get_task(actor, name))


def attachments(standing: Standing) -> QuerySet[Attachment]:
    """The files that the reader may read, oldest first: of the task and its attempts."""
    rows = Attachment.objects.filter(_of_fields(standing), task__newest=standing.task.newest)
    return rows if standing.works_on_it else rows.filter(kind=Attachment.Kind.COMMENT)


def _of_fields(standing: Standing) -> Q:
    """Condition on Attachment: it belongs to no field, or to one that the reader reads by the rules of its time."""
    found, past = Q(field=None), access.past_fields_of(standing)
    left: datetime | None = None
    for passage in standing.task.passages:
        until = datetime.fromisoformat(passage["at"])
        since = Q(created_at__gt=left) if left else Q()
        found |= since & Q(created_at__lte=until, field__in=past(until))
        left = until
    now = Q(field__in=access.visible_fields(standing).keys())
    return found | (now & Q(created_at__gt=left) if left else now)


def get_attachment(actor: Actor, attachment_id: object) -> Attachment:
    """The file of this id, if it exists for the actor. Raises NotFound. Hidden and absent cost one query alike."""
    number = parse_uuid(attachment_id)
    newest = Task.objects.visible_to(actor).filter(pk=OuterRef("task__newest"))
    working = newest.filter(access.working_condition(actor))
    readable = Q(Exists(newest), kind=Attachment.Kind.COMMENT) | Q(Exists(working), kind=Attachment.Kind.WORK_NOTE)
    found = Attachment.objects.filter(readable, pk=number).select_related("file", "task").first() if number else None
    if found is None or (found.field is not None and not _reads(actor, found)):
        raise NotFound("There is no such file.")
    return found


def _reads(actor: Actor, attachment: Attachment) -> bool:
    """Whether the file of a field is for the actor, who sees its task."""
    return attachments(standing_of(actor, attachment.task.newest)).filter(pk=attachment.pk).exists()


def handover_history(task: Task) -> QuerySet[Handover]:
    """Every handover of the task and its attempts, oldest first."""
    rows = Handover.objects.filter(task__newest=task.newest)
    return rows.select_related("to_user", "to_team", "claimed_by", "answered_by", "delegated_by").order_by(
        "created_at", "id"
    )


def grants(task: Task) -> QuerySet[Grant]:
    """Who was let in besides the privacy."""
    return Grant.objects.filter(task=task.newest).select_related("user", "team").order_by("created_at")


def events(standing: Standing, *, latest: int | None = None) -> list[dict[str, Any]]:
    """The history of the task and its attempts as the reader may know it, oldest first, as api.md names events.

    `latest` reads so many at most, the newest ones.
    """
    ids = Task.objects.filter(newest=standing.task.newest).values("pk")
    rows = Event.objects.filter(task_id__in=ids)
    if not standing.works_on_it:
        rows = rows.filter(audience=Event.Audience.TASK)
    past = access.past_fields_of(standing)
    known = {str(link) for link in links_between(standing.actor, standing.task.newest).values_list("pk", flat=True)}
    newest_first = _in_turn(rows.order_by("-time", "-sequence", "-id"), latest)
    told = (
        render_event(event, past(event.time, event.sequence), whole=_knows_why(standing, event))
        for event in newest_first
        if _is_known(event, known)
    )
    return list(islice((event for event in told if event is not None), latest))[::-1]


def _in_turn(rows: QuerySet[Event], latest: int | None) -> Iterator[Event]:
    """All of them, read so many at a time: what is hidden of the latest makes room for what came before."""
    for start in count(0, latest or 1):
        part = rows[start : start + latest] if latest else rows
        yield from part
        if not latest or len(part) < latest:
            return


def _is_known(event: Event, links: Set[str]) -> bool:
    """Not of a link to a task that is hidden from the reader, or gone."""
    return event.type != verbs.TASK_LINKED or event.data.get("link") in links


def _knows_why(standing: Standing, event: Event) -> bool:
    """Whether the reader may know why an action failed: what it says may be about any field."""
    if event.type != verbs.RULE_FAILED or event.actor == str(standing.actor):
        return True
    return access.knows_all(standing, event.time, event.sequence)


def render_event(event: Event, shown: frozenset[str], *, whole: bool = True) -> dict[str, Any] | None:
    """A CloudEvents document without what the reader may not see; None if nothing of it is left.

    Without `whole`, an error does not say what was wrong.
    """
    data = dict(event.data)
    if not whole and "error" in data:
        data["error"] = _("It was not possible then.")
    for part in ("changes", "planned"):
        if part in data:
            data[part] = {name: said for name, said in data[part].items() if _is_shown(name, shown)}
            if not data[part] and event.type in (verbs.TASK_UPDATED, verbs.TASK_UPDATE_SCHEDULED):
                return None
    if data.get("field") is not None and data["field"] not in shown:  # a file that belongs to it
        return None
    if "asked" in data:
        data["asked"] = [name for name in data["asked"] if name in shown]
    return {
        "specversion": "1.0",
        "id": str(event.pk),
        "source": "/api/v1",
        "type": event.type,
        "time": event.time.isoformat().replace("+00:00", "Z"),
        "subject": str(event.task_id) if event.task_id else None,
        "sequence": event.sequence,
        "correlationid": event.correlation_id,
        "causationid": str(event.causation_id) if event.causation_id else None,
        "actor": event.actor,
        "data": data,
    }


def _is_shown(name: str, shown: frozenset[str]) -> bool:
    field = name.removeprefix("fields.")
    return field == name or field in shown
