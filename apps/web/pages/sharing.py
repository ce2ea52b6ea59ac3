"""Who sees a task, besides whom its privacy names, and where else it could lie."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.actors import queries as actors
from apps.containers import queries as containers
from apps.core.errors import Problem
from apps.tasks import queries
from apps.tasks.access import Standing, unexpired
from apps.tasks.models import Privacy
from apps.tasks.rendering import version_of
from apps.tasks.services import Exposure

from . import fields, menu
from .task import head

MODES = (Privacy.INHERIT, Privacy.RESTRICTED, Privacy.PRIVATE)
MOST_NAMED = 20
GAINED = {
    "task": gettext_lazy("These will see it, and do not now: %(names)s."),
    "work_notes": gettext_lazy("These will read its work notes, and do not now: %(names)s."),
}
TARGETS = {"private_to": "sharing-private_to", "to": "sharing-to", "expires_at": "sharing-expires_at",
           "container": "sharing-container"}  # fmt: skip


def sharing_page(request: HttpRequest, standing: Standing, problems: list[Problem]) -> dict[str, Any]:
    """The context of `tasks/sharing.html`."""
    task, said = standing.task, request.POST
    placed = [problem for problem in problems if problem.pointer.lstrip("/") in TARGETS]
    private_to = task.private_to or task.reporter
    stored = {"privacy": task.privacy, "private_to": private_to.reference if private_to else ""}
    typed = {name: said[name] for name in (*stored, "to", "expires_at", "container") if name in said}
    return {
        "task": head(standing),
        "version": version_of(standing),
        "url": menu.action_url(task, "sharing"),
        "grant_url": menu.action_url(task, "grant"),
        "container_url": menu.action_url(task, "container"),
        "modes": [{"value": mode.value, "label": _label(mode, standing)} for mode in MODES],
        "values": {**stored, **typed},
        "people": [(user.reference, user.display_name) for user in actors.active_users()[: fields.MOST_SUGGESTED]],
        "teams": [(team.reference, team.title) for team in actors.all_teams()[: fields.MOST_SUGGESTED]],
        "grants": [_grant(row) for row in queries.grants(task).filter(unexpired())],
        "places": [(place.slug, place.title) for place in _places(standing)],
        "errors": [{"target": TARGETS[p.pointer.lstrip("/")], "label": "", "message": p.detail} for p in placed],
        "form_errors": [problem.detail for problem in problems if problem not in placed],
    }


def _label(mode: Privacy, standing: Standing) -> str:
    if mode == Privacy.INHERIT:
        place = standing.task.container.title
        return _("Everybody who may look into %(place)s, and the people of the task") % {"place": place}
    if mode == Privacy.RESTRICTED:
        return _("Only the people of the task: who asked, who does it, whom it is shared with")
    return _("Exactly one person")


def _grant(row: Any) -> dict[str, Any]:
    party = row.user or row.team
    title = row.user.display_name if row.user else row.team.title
    return {"reference": party.reference, "title": title, "until": row.expires_at}


def _places(standing: Standing) -> list[Any]:
    """Other containers of people in which the reader may create tasks."""
    found = containers.working_places(standing.actor).exclude(pk=standing.task.container_id)
    return list(found[: fields.MOST_SUGGESTED])


def consequences(standing: Standing, exposure: Exposure) -> tuple[str, ...]:
    """What a change does to who sees the task, and how much of it, in sentences."""
    said = []
    for what, words in GAINED.items():
        if gaining := [viewer for viewer in exposure.gains if what in viewer.what]:
            said.append(words % {"names": _names(gaining)})
    declared, opened = standing.spec.fields, {name for gain in exposure.gains for name in gain.fields}
    for name in sorted(opened):
        readers = _names(gain for gain in exposure.gains if name in gain.fields)
        title = declared[name].title if name in declared else name
        said.append(_("These will read “%(field)s”, and do not now: %(names)s.") % {"field": title, "names": readers})
    if exposure.loses:
        said.append(_("These will no longer see it: %(names)s.") % {"names": _names(exposure.loses)})
    return tuple(said)


def _names(viewers: Any) -> str:
    titles = [viewer.title for viewer in viewers]
    more = len(titles) - MOST_NAMED
    named = ", ".join(titles[:MOST_NAMED])
    return _("%(names)s and %(n)d more") % {"names": named, "n": more} if more > 0 else named
