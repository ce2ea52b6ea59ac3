"""Handovers: inboxes, histories, one of them, and receipts of answers."""

from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from apps.actors.actor import Actor, Kind
from apps.core.errors import NotFound
from apps.core.ids import parse_uuid
from apps.core.sql.prepared import Prepared
from apps.tasks import access
from apps.tasks.access import TaskPermissions
from apps.tasks.models import OPEN_STATES, Handover, Receipt, Task

from .counts import bounded_count

WITH_TASK = (*Handover.RELATED, *(f"task__{name}" for name in Task.RELATED))


def handovers_for(actor: Actor) -> QuerySet[Handover]:
    """The handovers on tasks that exist for the actor."""
    return Handover.objects.filter(access.task_exists_for(actor, "task_id")).select_related(*WITH_TASK)


def inbox(actor: Actor) -> QuerySet[Handover]:
    """The open handovers that the actor may answer, most urgent first: theirs, and their teams' unclaimed ones."""
    mine = Q(claimed_by=actor.id) | Q(claimed_by=None)
    rows = (
        Handover.objects.filter(mine, access.handed_to(actor), state__in=OPEN_STATES)
        if actor.is_user
        else Handover.objects.none()
    )
    return _by_urgency(rows)


def inbox_count(actor: Actor) -> int:
    """How many there are in the inbox, counted up to COUNTED_TO."""
    return bounded_count(inbox(actor))


def waiting_on_me(actor: Actor) -> QuerySet[Handover]:
    """The part of the inbox that was given to the actor in person, or that they claimed."""
    return inbox(actor).filter(Q(to_user=actor.id) | Q(claimed_by=actor.id))


def next_for(actor: Actor) -> Handover | None:
    """The first of them, with its task."""
    return _NEXT.first(actor.id)


def _next_for(person: UUID) -> QuerySet[Handover]:
    waiting = waiting_on_me(Actor(kind="user", name="", id=person))
    return waiting.select_related(None).select_related("task")[:1]


_NEXT = Prepared(_next_for)


def waiting_on_teams(actor: Actor) -> QuerySet[Handover]:
    """The rest of the inbox: given to teams of the actor, and claimed by nobody."""
    return inbox(actor).filter(to_user=None, claimed_by=None)


def answered_by(actor: Actor) -> QuerySet[Handover]:
    """Answered by the actor, the latest first, as far as they still see the tasks."""
    return handovers_for(actor).filter(answered_by=actor.id).order_by("-ended_at", "-id")


def _by_urgency(rows: QuerySet[Handover]) -> QuerySet[Handover]:
    urgent = rows.order_by(F("due_at").asc(nulls_last=True), F("task__priority").desc(), "created_at", "id")
    return urgent.select_related(*WITH_TASK)


def handover_history(task: Task) -> QuerySet[Handover]:
    """Every handover of the task and its attempts, oldest first."""
    rows = Handover.objects.filter(task__newest=task.newest)
    return rows.select_related(*Handover.RELATED).order_by("created_at", "id")


def get_handover(actor: Actor, handover_id: object) -> Handover:
    """The handover, if the actor sees its task, or it was theirs to answer. Raises NotFound.

    Hidden and absent cost one query alike: the response time discloses nothing.
    """
    return _one(actor, handover_id, ended=True)


def read_handover(actor: Actor, handover_id: object) -> Handover:
    """The handover to be rendered: as `get_handover`, but once it has ended only for who answered or sees the task."""
    return _one(actor, handover_id, ended=False)


def _one(actor: Actor, handover_id: object, *, ended: bool) -> Handover:
    """The handover on a task that exists for the actor, or that was given to them. Raises NotFound.

    One that has ended was given to them if `ended`, or if they answered it.
    """
    number = parse_uuid(handover_id)
    shape = (actor.kind, actor.is_administrator, ended)
    handover = number and _ONE_HANDOVER.first(number, actor.id, *actor.team_ids, key=shape)
    if not handover:
        raise NotFound(_("There is no such handover."))
    return handover


def _one_handover(shape: tuple[Kind, bool, bool], number: UUID, actor_id: UUID, *teams: UUID) -> QuerySet[Handover]:
    """The query of `_one`; it depends on the kind of actor and the number of teams, not on who it is."""
    kind, administrates, ended = shape
    actor = Actor(kind=kind, name="", id=actor_id, team_ids=frozenset(teams), is_administrator=administrates)
    known = Q(access.task_exists_for(actor, "task_id"))
    if actor.is_user:
        given = access.handed_to(actor)
        known |= given if ended else given & (Q(state__in=OPEN_STATES) | Q(answered_by=actor.id))
    return Handover.objects.select_related(*Handover.RELATED).filter(known, pk=number).order_by()


_ONE_HANDOVER = Prepared(_one_handover)


def get_receipt(actor: Actor, handover_id: object) -> tuple[TaskPermissions, Receipt]:
    """What was displayed to the person who answered. Raises NotFound: hidden, absent, or nobody answered."""
    handover = read_handover(actor, handover_id)
    receipt = Receipt.objects.select_related("by").filter(handover=handover).first()
    if receipt is None:
        raise NotFound(_("There is no receipt of it."))
    receipt.handover = handover
    return TaskPermissions(actor, handover.task), receipt
