"""The fields of a task as its reader meets them: asked, open to change, or locked. Hidden ones never come here."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.actors import queries as actors
from apps.containers.schema import only
from apps.tasks import secrecy
from apps.tasks.access import FieldAccess, Standing, asked_names, visible_fields
from apps.tasks.custody import writers_now
from apps.tasks.models import Handover
from apps.tasks.rendering import visible_values
from apps.web.people import Names, names_of, zone_of
from apps.web.schema_form import Form, Reader, build_form, display_field
from apps.web.words import audience_words

MOST_SUGGESTED = 200


def answer_form(request: HttpRequest, standing: Standing, handover: Handover) -> Form:
    """The form of what a request asks for, with the draft typed in."""
    return build_form(
        shown_schema(standing),
        secrecy.opened_proposals(standing.spec, handover.fields),
        zone=zone_of(request),
        current=visible_values(standing),
        draft=secrecy.opened(standing.spec, handover.draft),
        suggestions=suggestions(standing.spec.schema, asked_names(handover)),
    )


def edit_form(request: HttpRequest, standing: Standing) -> Form:
    """The form of the fields that the reader may simply change."""
    names = [name for name, access in visible_fields(standing).items() if access.level == "write"]
    return build_form(
        shown_schema(standing),
        names,
        zone=zone_of(request),
        current=visible_values(standing),
        suggestions=suggestions(standing.spec.schema, names),
    )


def shown_schema(standing: Standing) -> dict[str, Any]:
    """The schema without a trace of what is hidden from the reader."""
    return only(standing.spec.schema, visible_fields(standing))


def suggestions(schema: Mapping[str, Any], names: Any) -> dict[str, list[tuple[str, str]]]:
    """Who can be chosen, where a field of the form asks for a person or a team."""
    said = [schema.get("properties", {}).get(name, {}) for name in names]
    kinds = {field.get("x-taskhub", {}).get("kind") for field in said if isinstance(field, dict)}
    found: dict[str, list[tuple[str, str]]] = {}
    if "user" in kinds:
        users = actors.active_users()[:MOST_SUGGESTED]
        found["user"] = [(user.reference, user.display_name) for user in users]
    if "team" in kinds:
        found["team"] = [(team.reference, team.title) for team in actors.all_teams()[:MOST_SUGGESTED]]
    return found


def locked_groups(request: HttpRequest, standing: Standing, *, leave_out: frozenset[str]) -> list[dict[str, Any]]:
    """The other visible fields as text, under the reason why they are locked ("" where they are merely read)."""
    names = names_of(request)
    names.know(standing.task.container.application)
    reader = Reader(zone_of(request), names)
    groups: dict[tuple[str, str], list[Any]] = {}
    values = visible_values(standing)
    for name, access in visible_fields(standing).items():
        if name not in leave_out:
            reason = _reason(standing, access.reason) if access.level == "locked" else ""
            who = _who(standing, name, access, names)
            shown = display_field(standing.spec.schema, name, values.get(name), reader)
            groups.setdefault((reason, who), []).append(shown)
    return [{"reason": reason, "who": who, "fields": fields} for (reason, who), fields in sorted(groups.items())]


def _who(standing: Standing, name: str, access: FieldAccess, names: Names) -> str:
    """Who can change a field that the reader merely reads; the reason of a locked one says it already."""
    if access.level != "read":
        return ""
    writers = writers_now(standing.task, standing.handover, name, asked=(), known=standing.audiences)
    return ", ".join(audience_words(who, names) for who in writers)


def _reason(standing: Standing, reason: str) -> str:
    """Why a field is locked; whoever answers is not told of themselves."""
    if not standing.may_answer:
        return reason
    owner = standing.task.container.application
    if owner is None:
        return _("Locked until you have answered")
    return _("Locked until %(name)s has the task again") % {"name": owner.title}


def text_of_field(standing: Standing, name: str, value: Any, *, zone: ZoneInfo, names: Names) -> str:
    """A value of a field in words."""
    return display_field(standing.spec.schema, name, value, Reader(zone, names)).text


def conflicts(
    request: HttpRequest, standing: Standing, typed: Mapping[str, Any], *, asked: Mapping[str, str] | None = None
) -> list[dict[str, str]]:
    """What somebody typed beside what stands there now, for the fields that differ and that they see."""
    reader, shown = Reader(zone_of(request), names_of(request)), visible_fields(standing)
    found, values = [], visible_values(standing)
    for name, value in typed.items():
        theirs = values.get(name)
        if name in shown and theirs != value:
            yours = display_field(standing.spec.schema, name, value, reader)
            now = display_field(standing.spec.schema, name, theirs, reader)
            found.append({"label": (asked or {}).get(name) or yours.label, "yours": yours.text, "theirs": now.text})
    return found
