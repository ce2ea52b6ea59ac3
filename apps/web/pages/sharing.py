"""The privacy of a task, its grants, and the containers to which it could move."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.containers import queries as containers
from apps.containers.models import Container
from apps.core.errors import Problem
from apps.tasks import queries
from apps.tasks.access import TaskPermissions, unexpired
from apps.tasks.models import Grant, Privacy
from apps.tasks.rendering import version_of
from apps.tasks.services import Exposure
from apps.tasks.services.exposure import Viewer
from apps.web.contexts.task_forms import GrantRow, SharingPage
from apps.web.problems import place_problems

from . import choices, menu
from .task import head

MODES = (Privacy.INHERIT, Privacy.RESTRICTED, Privacy.PRIVATE)
MOST_NAMED = 20
GAINED = {
    "task": gettext_lazy("These will see it, and do not now: %(names)s."),
    "work_notes": gettext_lazy("These will read its work notes, and do not now: %(names)s."),
}
TARGETS = {"private_to": "sharing-private_to", "to": "sharing-to", "expires_at": "sharing-expires_at",
           "container": "sharing-container"}  # fmt: skip


def sharing_page(request: HttpRequest, permissions: TaskPermissions, problems: list[Problem]) -> SharingPage:
    """The page of a task's privacy."""
    task, posted = permissions.task, request.POST
    lines, others = place_problems(problems, TARGETS)
    private_to = task.private_to or task.reporter
    stored = {"privacy": task.privacy, "private_to": private_to.reference if private_to else ""}
    typed = {name: posted[name] for name in (*stored, "to", "expires_at", "container") if name in posted}
    return {
        "task": head(permissions),
        "version": version_of(permissions),
        "url": menu.action_url(task, "sharing"),
        "grant_url": menu.action_url(task, "grant"),
        "container_url": menu.action_url(task, "container"),
        "modes": [{"value": mode.value, "label": _label(mode, permissions)} for mode in MODES],
        "values": {**stored, **typed},
        "people": choices.people(stored["private_to"]),
        "teams": choices.teams(),
        "grants": [_grant(row) for row in queries.grants(task).filter(unexpired())],
        "places": [(place.slug, place.title) for place in _places(permissions)],
        "errors": lines,
        "form_errors": [problem.detail for problem in others],
    }


def _label(mode: Privacy, permissions: TaskPermissions) -> str:
    if mode == Privacy.INHERIT:
        place = permissions.task.container.title
        return _("Everybody who may look into %(place)s, and the people of the task") % {"place": place}
    if mode == Privacy.RESTRICTED:
        return _("Only the people of the task: who asked, who does it, whom it is shared with")
    return _("Exactly one person")


def _grant(row: Grant) -> GrantRow:
    if row.user:
        return {"reference": row.user.reference, "title": row.user.display_name, "until": row.expires_at}
    team = row.team
    return {"reference": team.reference if team else "", "title": team.title if team else "", "until": row.expires_at}


def _places(permissions: TaskPermissions) -> list[Container]:
    """Other containers of people in which the reader may create tasks."""
    places = containers.working_places(permissions.actor).exclude(pk=permissions.task.container_id)
    return list(places[: choices.MOST_OFFERED])


def consequences(permissions: TaskPermissions, exposure: Exposure) -> tuple[str, ...]:
    """Who gains and who loses sight of what by a change, in sentences."""
    sentences = []
    for what, words in GAINED.items():
        if gaining := [viewer for viewer in exposure.gains if what in viewer.what]:
            sentences.append(words % {"names": _names(gaining)})
    declared, opened = permissions.spec.fields, {name for gain in exposure.gains for name in gain.fields}
    for name in sorted(opened):
        readers = _names(gain for gain in exposure.gains if name in gain.fields)
        title = declared[name].title if name in declared else name
        sentences.append(
            _("These will read “%(field)s”, and do not now: %(names)s.") % {"field": title, "names": readers}
        )
    if exposure.loses:
        sentences.append(_("These will no longer see it: %(names)s.") % {"names": _names(exposure.loses)})
    return tuple(sentences)


def _names(gaining: Iterable[Viewer]) -> str:
    titles = [viewer.title for viewer in gaining]
    more = len(titles) - MOST_NAMED
    named = ", ".join(titles[:MOST_NAMED])
    return _("%(names)s and %(n)d more") % {"names": named, "n": more} if more > 0 else named
