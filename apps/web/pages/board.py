"""A container's board: stages as columns, cards by rank, the filters that live in the address."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.containers import access
from apps.containers import queries as containers
from apps.containers.models import Container, TaskType
from apps.containers.type_document.spec import spec_of
from apps.containers.type_document.stages import Stage
from apps.core.errors import NotFound
from apps.core.sql.limits import at_most
from apps.tasks import queries
from apps.tasks.access import TaskPermissions, all_permissions
from apps.tasks.lifecycle import Status
from apps.tasks.models import SKIPPED, SKIPPED_NAME, Handover, Task
from apps.tasks.search import matching_text
from apps.web.contexts.containers import (
    BoardPage,
    Card,
    ChosenFilter,
    ContainerHead,
    Filter,
    FilterOption,
    Filters,
    Lane,
)
from apps.web.labels import count_text
from apps.web.people import Names, actor_of, names_of

from . import menu, row_marks
from .paging import with_values
from .rows import know_parties, state_of, task_url

CARDS = 50
ICONS = {"todo": "circle-dot", "doing": "loader", "waiting": "hand", "done": "circle-check"}
FILTERS = ("q", "type", "assignee", "status")


@dataclass(frozen=True)
class Place:
    """A container, its live types, and the reader's role there."""

    actor: Actor
    container: Container
    role: str
    types: Sequence[TaskType]

    @property
    def stages(self) -> list[Stage]:
        """The stages of all types, in order; those that share a name are one column."""
        stages: dict[str, Stage] = {}
        for kind in self.types:
            for stage in spec_of(kind.current).stages if kind.current else ():
                stages.setdefault(stage.name, stage)
        return list(stages.values())

    def permissions(self, tasks: Iterable[Task]) -> list[TaskPermissions]:
        """The reader before each of some tasks of the container."""
        return all_permissions(self.actor, tasks, known_roles={self.container.pk: self.role})


def place_of(request: HttpRequest, slug: str) -> Place:
    """The container as its reader finds it. Raises NotFound: a hidden one does not exist."""
    actor = actor_of(request)
    container = access.visible_to(actor).select_related("application").filter(slug=slug).first()
    if container is None:
        raise NotFound()
    role = access.role_of(actor, container)
    return Place(actor, container, role, list(containers.list_types(actor, container, role)))


def head(request: HttpRequest, place: Place, view: str) -> ContainerHead:
    """The context that board and list share: the head, the switch between them, the filters."""
    container, slug = place.container, place.container.slug
    names_of(request).know(container.application)
    return {
        "container": container,
        "can_create": bool(new_urls(place)),
        "can_manage": access.allows(place.role, "manage"),
        "new_url": reverse("web:container_new_task", args=[slug]),
        "settings_url": reverse("web:container_settings", args=[slug]),
        "view": view,
        "views": {
            "board": reverse("web:container", args=[slug]) + with_values(request.GET, sort="", page="", more=""),
            "list": reverse("web:container_list", args=[slug]) + with_values(request.GET, more=""),
        },
        "filters": filters(request, place),
    }


def new_urls(place: Place) -> list[tuple[TaskType, str]]:
    """Where the reader makes a task of each type: by hand among people, through its form in an application's place."""
    slug = place.container.slug
    if place.container.is_peoples and access.allows(place.role, "create"):
        url = reverse("web:container_new_task", args=[slug])
        return [(kind, f"{url}?type={kind.name}") for kind in place.types]
    return [
        (kind, reverse("web:request_form", args=[slug, kind.name]))
        for kind in place.types
        if kind.current and containers.may_create(spec_of(kind.current), place.role)
    ]


# --- Filters ------------------------------------------------------------------------------------------


def narrowed(request: HttpRequest) -> Q:
    """The condition of the address's filters. An unknown value narrows nothing."""
    query, condition = request.GET, Q()
    if query.get("q", "").strip():
        condition &= matching_text(actor_of(request), query["q"])
    if query.get("type"):
        condition &= Q(type_version__type__name=query["type"])
    condition &= _by_status(query.get("status", ""))
    who = query.get("assignee", "")
    if who in ("me", "none") or who.startswith("user:"):
        condition &= queries.of_person(actor_of(request), "assignee", who)
    return condition


def _by_status(wanted: str) -> Q:
    """What was skipped is no failure: it is found by a word of its own."""
    if wanted == SKIPPED_NAME:
        return SKIPPED
    condition = Q(status=wanted) if wanted in Status.values else Q()
    return condition & ~SKIPPED if wanted == Status.FAILED else condition


def filters(request: HttpRequest, place: Place) -> Filters:
    """The context of `containers/_filters.html`."""
    query = request.GET
    choices = [
        _choice(query, "type", _("Type"), [(kind.name, kind.title) for kind in place.types]),
        _choice(query, "assignee", _("Assignee"), [("me", _("Me")), ("none", _("Nobody")), *_named(query)]),
        _choice(query, "status", _("Status"), [*_statuses(), (SKIPPED_NAME, _("Skipped"))]),
    ]
    text = query.get("q", "").strip()
    chosen: list[ChosenFilter] = (
        [{"label": f"“{text}”", "remove_url": with_values(query, q="", page="")}] if text else []
    )
    for choice in choices:
        label = next((option["label"] for option in choice["options"] if option["chosen"]), None)
        if label:
            url = with_values(query, **{choice["name"]: "", "page": ""})
            chosen.append({"label": f"{choice['label']}: {label}", "remove_url": url})
    hidden = [("sort", query["sort"])] if query.get("sort") else []
    return {"choices": choices, "text": text, "chosen": chosen, "hidden": hidden}


def _statuses() -> list[tuple[str, object]]:
    return [(status.value, status.label) for status in Status if status != Status.RETRIED]


def _named(query: QueryDict) -> list[tuple[str, str]]:
    """The person whom the address names: the filter can be seen and removed."""
    who = query.get("assignee", "")
    return [(who, who.removeprefix("user:"))] if who.startswith("user:") else []


def _choice(query: QueryDict, name: str, label: str, options: Iterable[tuple[str, object]]) -> Filter:
    shown: list[FilterOption] = [
        {"value": v, "label": str(text), "chosen": query.get(name) == v} for v, text in options
    ]
    return {"name": name, "label": label, "options": shown}


# --- Columns and cards --------------------------------------------------------------------------------


def board_page(request: HttpRequest, place: Place) -> BoardPage:
    """The context of `containers/board.html`."""
    stages, lanes = _lanes(request, place)
    tasks = [task for lane in lanes.values() for task in lane.tasks]
    names = names_of(request)
    cards = {permissions.task.pk: card(permissions, names) for permissions in place.permissions(tasks)}
    url = reverse("web:container_changes", args=[place.container.slug])
    query = with_values(request.GET, seen=row_marks.marks_of_tasks(tasks))
    return {
        **head(request, place, "board"),
        "lanes": [_lane(request, stage, lanes.get(stage.name), cards) for stage in stages],
        "changes_url": url + query,
    }


def _lanes(request: HttpRequest, place: Place) -> tuple[list[Stage], dict[str, queries.Lane]]:
    stages = place.stages
    with at_most() if any(request.GET.get(name) for name in FILTERS) else nullcontext():
        lanes = queries.board(
            place.actor,
            place.container,
            [stage.name for stage in stages],
            done=[stage.name for stage in stages if stage.category == "done"],
            limit=CARDS,
            narrow=narrowed(request),
            all_of=request.GET.get("more") or None,
        )
    known = {stage.name for stage in stages}
    older = [Stage(name, name.replace("-", " ").capitalize(), "doing") for name in lanes if name not in known]
    return stages + older, lanes


def change_count(request: HttpRequest, place: Place) -> int:
    """How many cards have changed since the page that asks was made."""
    _stages, lanes = _lanes(request, place)
    now = row_marks.marks_of_tasks(task for lane in lanes.values() for task in lane.tasks)
    return row_marks.count_changes(request.GET.get("seen", ""), now)


def _lane(request: HttpRequest, stage: Stage, lane: queries.Lane | None, cards: Mapping[UUID, Card]) -> Lane:
    shown = lane.tasks if lane else []
    count = lane.count if lane else 0
    return {
        "name": stage.name,
        "title": stage.title,
        "icon": ICONS[stage.category],
        "count": count_text(count),
        "limit": stage.wip_limit,
        "over": stage.wip_limit is not None and count > stage.wip_limit,
        "cards": [cards[task.pk] for task in shown],
        "more_url": with_values(request.GET, more=stage.name) if count > len(shown) else "",
        "hint": _("Last %(n)d days") % {"n": queries.DONE_DAYS} if stage.category == "done" else "",
    }


def card(permissions: TaskPermissions, names: Names) -> Card:
    """A task on the board."""
    task, handover = permissions.task, permissions.handover
    know_parties(names, task, handover)
    return {
        "key": task.key or "",
        "url": task_url(task),
        "title": task.title,
        "who": _who(task, handover),
        "waits": handover is not None,
        "due_at": _due(task, handover),
        "state": None if _has_not_begun(task) else state_of(task, handover),
        "stage": task.stage,
        "moves": menu.moves(permissions),
        "move_url": menu.action_url(task, "move"),
    }


def _has_not_begun(task: Task) -> bool:
    """Whether it is a card of people that has not begun: its column shows that already."""
    return task.status == Status.NEW and task.container.is_peoples and task.start_at <= timezone.now()


def _due(task: Task, handover: Handover | None) -> datetime | None:
    """When an answer is due; of people's cards, when they are."""
    if handover is not None:
        return handover.due_at
    return task.due_at if task.container.is_peoples and not task.has_ended else None


def _who(task: Task, handover: Handover | None) -> str:
    if handover is not None:
        return handover.claimed_by.reference if handover.claimed_by else handover.to
    if task.assignee is not None:
        return task.assignee.reference
    application = task.container.application
    return application.reference if application and not task.has_ended else ""
