"""The fields of a task as its reader meets them: asked, open to change, or locked. Hidden ones never come here."""

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.actors import queries as actors
from apps.containers.schema import only
from apps.tasks import queries, secrecy
from apps.tasks.access import FieldAccess, Standing, asked_names, visible_fields
from apps.tasks.custody import writers_now
from apps.tasks.models import Attachment, Handover
from apps.tasks.rendering import visible_values
from apps.web.people import Names, names_of, zone_of
from apps.web.schema_form import Form, Reader, build_form, display_field
from apps.web.words import audience_words

from .files import url_of

MOST_SUGGESTED = 200


def answer_form(request: HttpRequest, standing: Standing, handover: Handover) -> Form:
    """The form of what a request asks for, with the draft typed in."""
    return build_form(
        shown_schema(standing),
        secrecy.opened_proposals(standing.spec, handover.fields),
        zone=zone_of(request),
        current=visible_values(standing),
        draft=secrecy.opened(standing.spec, handover.draft),
        suggestions=suggestions(standing.spec.schema, asked_names(handover), standing),
    )


def edit_form(request: HttpRequest, standing: Standing) -> Form:
    """The form of the fields that the reader may simply change."""
    names = [name for name, access in visible_fields(standing).items() if access.level == "write"]
    return build_form(
        shown_schema(standing),
        names,
        zone=zone_of(request),
        current=visible_values(standing),
        suggestions=suggestions(standing.spec.schema, names, standing),
    )


def shown_schema(standing: Standing) -> dict[str, Any]:
    """The schema without a trace of what is hidden from the reader."""
    return only(standing.spec.schema, visible_fields(standing))


def suggestions(
    schema: Mapping[str, Any], names: Any, standing: Standing | None = None
) -> dict[str, list[tuple[str, str]]]:
    """What can be chosen where a field of the form asks for a person, a team, or a file of the task that there is."""
    said = [schema.get("properties", {}).get(name, {}) for name in names]
    kinds = {field.get("x-taskhub", {}).get("kind") for field in said if isinstance(field, dict)}
    found: dict[str, list[tuple[str, str]]] = {}
    if "user" in kinds:
        users = actors.active_users()[:MOST_SUGGESTED]
        found["user"] = [(user.reference, user.display_name) for user in users]
    if "team" in kinds:
        found["team"] = [(team.reference, team.title) for team in actors.all_teams()[:MOST_SUGGESTED]]
    if "file" in kinds and standing is not None:
        found["file"] = [
            (str(row.pk), row.name) for row in queries.attachments(standing).order_by("-id")[:MOST_SUGGESTED]
        ]
    return found


def locked_groups(request: HttpRequest, standing: Standing, *, leave_out: frozenset[str]) -> list[dict[str, Any]]:
    """The other visible fields as text, under the reason why they are locked ("" where they are merely read)."""
    names, files = names_of(request), files_by_id(standing)
    names.know(standing.task.container.application)
    reader = Reader(zone_of(request), ChainMap({key: file.name for key, file in files.items()}, names))  # type: ignore[arg-type]
    groups: dict[tuple[str, str], list[Any]] = {}
    values = visible_values(standing)
    for name, access in visible_fields(standing).items():
        if name not in leave_out:
            reason = _reason(standing, access.reason) if access.level == "locked" else ""
            who = _who(standing, name, access, names)
            value = values.get(name)
            shown = display_field(standing.spec.schema, name, value, reader)
            if shown.file and str(value) in files:
                shown = replace(shown, href=url_of(files[str(value)]))
            groups.setdefault((reason, who), []).append(shown)
    return [{"reason": reason, "who": who, "fields": fields} for (reason, who), fields in sorted(groups.items())]


def _who(standing: Standing, name: str, access: FieldAccess, names: Names) -> str:
    """Who can change a field that the reader merely reads; the reason of a locked one says it already."""
    if access.level != "read":
        return ""
    writers = writers_now(standing.task, standing.handover, name, asked=(), known=standing.audiences)
    return ", ".join(audience_words(who, names) for who in writers)


def files_by_id(standing: Standing) -> dict[str, Attachment]:
    """The task's files that the reader reads, if a field of its type holds one."""
    if not any(field.kind == "file" for field in standing.spec.fields.values()):
        return {}
    return {str(row.pk): row for row in queries.attachments(standing)}


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
