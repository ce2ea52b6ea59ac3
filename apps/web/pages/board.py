"""A container's board: stages as columns, cards by rank, the filters that live in the address."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.containers import access
from apps.containers import queries as containers
from apps.containers.models import Container, TaskType
from apps.containers.spec import spec_of
from apps.containers.stages import Stage
from apps.core.errors import NotFound
from apps.tasks import queries
from apps.tasks.access import Standing
from apps.tasks.lifecycle import Status
from apps.tasks.models import Handover, Task
from apps.tasks.rendering import standings
from apps.tasks.search import matching_text
from apps.web.people import Names, actor_of, names_of

from . import changes, menu
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
        found: dict[str, Stage] = {}
        for kind in self.types:
            for stage in spec_of(kind.current).stages if kind.current else ():
                found.setdefault(stage.name, stage)
        return list(found.values())


def place_of(request: HttpRequest, slug: str) -> Place:
    """The container as its reader finds it. Raises NotFound: a hidden one does not exist."""
    actor = actor_of(request)
    container = access.visible_to(actor).select_related("application").filter(slug=slug).first()
    if container is None:
        raise NotFound()
    role = access.role_of(actor, container)
    return Place(actor, container, role, list(containers.list_types(actor, container, role)))


def head(request: HttpRequest, place: Place, view: str) -> dict[str, Any]:
    """What board and list share: the head, the switch between them, the filters."""
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
    """The condition that the address says. What it does not know narrows nothing."""
    said, found = request.GET, Q()
    if said.get("q", "").strip():
        found &= matching_text(actor_of(request), said["q"])
    if said.get("type"):
        found &= Q(type_version__type__name=said["type"])
    if said.get("status") in Status.values:
        found &= Q(status=said["status"])
    return found & _of_assignee(actor_of(request), said.get("assignee", ""))


def _of_assignee(actor: Actor, said: str) -> Q:
    if said == "none":
        return Q(assignee=None)
    if said == "me":
        return Q(assignee=actor.id)
    return Q(assignee__username=said.removeprefix("user:")) if said.startswith("user:") else Q()


def filters(request: HttpRequest, place: Place) -> dict[str, Any]:
    """The context of `containers/_filters.html`."""
    said = request.GET
    choices = [
        _choice(said, "type", _("Type"), [(kind.name, kind.title) for kind in place.types]),
        _choice(said, "assignee", _("Assignee"), [("me", _("Me")), ("none", _("Nobody")), *_named(said)]),
        _choice(said, "status", _("Status"), [(s.value, s.label) for s in Status if s != Status.RETRIED]),
    ]
    text = said.get("q", "").strip()
    chosen = [{"label": f"“{text}”", "remove_url": with_values(said, q="", page="")}] if text else []
    for choice in choices:
        label = next((option["label"] for option in choice["options"] if option["chosen"]), None)
        if label:
            url = with_values(said, **{choice["name"]: "", "page": ""})
            chosen.append({"label": f"{choice['label']}: {label}", "remove_url": url})
    hidden = [("sort", said["sort"])] if said.get("sort") else []
    return {"choices": choices, "text": text, "chosen": chosen, "hidden": hidden}


def _named(said: QueryDict) -> list[tuple[str, str]]:
    """The person whom the address names: the filter can be seen and removed."""
    who = said.get("assignee", "")
    return [(who, who.removeprefix("user:"))] if who.startswith("user:") else []


def _choice(said: QueryDict, name: str, label: str, options: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    shown = [{"value": v, "label": str(text), "chosen": said.get(name) == v} for v, text in options]
    return {"name": name, "label": label, "options": shown}


# --- Columns and cards --------------------------------------------------------------------------------


def board_page(request: HttpRequest, place: Place) -> dict[str, Any]:
    """The context of `containers/board.html`."""
    stages, lanes = _lanes(request, place)
    tasks = [task for lane in lanes.values() for task in lane.tasks]
    names = names_of(request)
    cards = {standing.task.pk: card(standing, names) for standing in standings(place.actor, tasks)}
    url = reverse("web:container_changes", args=[place.container.slug])
    query = with_values(request.GET, seen=changes.marks_of_tasks(tasks))
    return {
        **head(request, place, "board"),
        "lanes": [_lane(request, stage, lanes.get(stage.name), cards) for stage in stages],
        "changes_url": url + query,
    }


def _lanes(request: HttpRequest, place: Place) -> tuple[list[Stage], dict[str, queries.Lane]]:
    stages = place.stages
    lanes = queries.board(
        place.actor,
        place.container,
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
    now = changes.marks_of_tasks(task for lane in lanes.values() for task in lane.tasks)
    return changes.count_changes(request.GET.get("seen", ""), now)


def _lane(request: HttpRequest, stage: Stage, lane: queries.Lane | None, cards: dict[Any, Any]) -> dict[str, Any]:
    shown = lane.tasks if lane else []
    count = lane.count if lane else 0
    return {
        "name": stage.name,
        "title": stage.title,
        "icon": ICONS[stage.category],
        "count": count,
        "limit": stage.wip_limit,
        "over": stage.wip_limit is not None and count > stage.wip_limit,
        "cards": [cards[task.pk] for task in shown],
        "more_url": with_values(request.GET, more=stage.name) if count > len(shown) else "",
        "hint": _("Last %(n)d days") % {"n": queries.DONE_DAYS} if stage.category == "done" else "",
    }


def card(standing: Standing, names: Names) -> dict[str, Any]:
    """A task on the board."""
    task, handover = standing.task, standing.handover
    know_parties(names, task, handover)
    return {
        "key": task.key or "",
        "url": task_url(task),
        "title": task.title,
        "who": _who(task, handover),
        "waits": handover is not None,
        "due_at": _due(task, handover),
        "state": None if _says_nothing(task) else state_of(task, handover),
        "moves": [{**move, "needs_fields": False} for move in menu.moves(standing)],
        "move_url": menu.action_url(task, "move"),
        "version": "",
    }


def _says_nothing(task: Task) -> bool:
    """A card of people that has not been begun: its column says so already."""
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
