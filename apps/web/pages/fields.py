"""The fields of a task that its reader sees: requested, writable, or locked."""

from collections import ChainMap
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.containers.schema import only
from apps.tasks import queries, secret_fields
from apps.tasks.access import FieldAccess, TaskPermissions, asked_names, visible_fields, writable_fields
from apps.tasks.custody import writers_now
from apps.tasks.models import Attachment, Handover
from apps.tasks.rendering import visible_values
from apps.web.contexts.parts import Choice, Conflicting
from apps.web.contexts.task import LockedGroup
from apps.web.labels import audience_name
from apps.web.people import Names, names_of, zone_of
from apps.web.schema_form import Form, Viewer, build_form, field_text

from . import choices
from .files import url_of


def answer_form(request: HttpRequest, permissions: TaskPermissions, handover: Handover) -> Form:
    """The form of a handover, filled with its draft."""
    return build_form(
        shown_schema(permissions),
        secret_fields.opened_proposals(permissions.spec, handover.fields),
        zone=zone_of(request),
        current=visible_values(permissions),
        draft=secret_fields.opened(permissions.spec, handover.draft),
        suggestions=suggestions(permissions.spec.schema, asked_names(handover), permissions),
    )


def edit_form(request: HttpRequest, permissions: TaskPermissions) -> Form:
    """The form of the fields that the reader may simply change."""
    names = writable_fields(permissions)
    return build_form(
        shown_schema(permissions),
        names,
        zone=zone_of(request),
        current=visible_values(permissions),
        suggestions=suggestions(permissions.spec.schema, names, permissions),
    )


def shown_schema(permissions: TaskPermissions) -> dict[str, Any]:
    """The schema without a trace of what is hidden from the reader."""
    return only(permissions.spec.schema, visible_fields(permissions))


def suggestions(
    schema: Mapping[str, Any], names: Iterable[str], permissions: TaskPermissions | None = None
) -> dict[str, list[Choice]]:
    """The choices for fields that hold a person, a team, or a file of the task."""
    subschemas = [schema.get("properties", {}).get(name, {}) for name in names]
    kinds = {field.get("x-taskhub", {}).get("kind") for field in subschemas if isinstance(field, dict)}
    offered: dict[str, list[Choice]] = {}
    if "user" in kinds:
        offered["user"] = choices.people()
    if "team" in kinds:
        offered["team"] = choices.teams()
    if "file" in kinds and permissions is not None:
        offered["file"] = [
            (str(row.pk), row.name) for row in queries.attachments(permissions).order_by("-id")[: choices.MOST_OFFERED]
        ]
    return offered


def locked_groups(
    request: HttpRequest, permissions: TaskPermissions, *, leave_out: frozenset[str]
) -> list[LockedGroup]:
    """The other visible fields as text, under the reason why they are locked ("" where they are merely read)."""
    names, files = names_of(request), files_by_id(permissions)
    names.know(permissions.task.container.application)
    reader = Viewer(zone_of(request), ChainMap({key: file.name for key, file in files.items()}, names))  # type: ignore[arg-type]
    groups: dict[tuple[str, str], list[Any]] = {}
    values = visible_values(permissions)
    for name, access in visible_fields(permissions).items():
        if name not in leave_out:
            reason = _reason(permissions, access.reason) if access.level == "locked" else ""
            who = _who(permissions, name, access, names)
            value = values.get(name)
            shown = field_text(permissions.spec.schema, name, value, reader)
            if shown.file and str(value) in files:
                shown = replace(shown, href=url_of(files[str(value)]))
            groups.setdefault((reason, who), []).append(shown)
    return [{"reason": reason, "who": who, "fields": fields} for (reason, who), fields in sorted(groups.items())]


def _who(permissions: TaskPermissions, name: str, access: FieldAccess, names: Names) -> str:
    """The audiences that write a field that the reader only reads; a locked field has a reason instead."""
    if access.level != "read":
        return ""
    writers = writers_now(permissions.task, permissions.handover, name, asked=(), known=permissions.audiences)
    return ", ".join(audience_name(who, names) for who in writers)


def files_by_id(permissions: TaskPermissions) -> dict[str, Attachment]:
    """The task's files that the reader reads, if a field of its type holds one."""
    if not any(field.kind == "file" for field in permissions.spec.fields.values()):
        return {}
    return {str(row.pk): row for row in queries.attachments(permissions)}


def _reason(permissions: TaskPermissions, reason: str) -> str:
    """Why a field is locked; a person who answers reads another sentence than the others."""
    if not permissions.may_answer:
        return reason
    owner = permissions.task.container.application
    if owner is None:
        return _("Locked until you have answered")
    return _("Locked until %(name)s has the task again") % {"name": owner.title}


def text_of_field(permissions: TaskPermissions, name: str, value: Any, *, zone: ZoneInfo, names: Names) -> str:
    """A value of a field in words."""
    return field_text(permissions.spec.schema, name, value, Viewer(zone, names)).text


def conflicts(
    request: HttpRequest,
    permissions: TaskPermissions,
    typed: Mapping[str, Any],
) -> list[Conflicting]:
    """The typed values beside the stored ones, for the fields that differ and that the reader sees."""
    reader, shown = Viewer(zone_of(request), names_of(request)), visible_fields(permissions)
    rows: list[Conflicting] = []
    values = visible_values(permissions)
    for name, value in typed.items():
        theirs = values.get(name)
        if name in shown and theirs != value:
            yours = field_text(permissions.spec.schema, name, value, reader)
            now = field_text(permissions.spec.schema, name, theirs, reader)
            rows.append({"label": yours.label, "yours": yours.text, "theirs": now.text})
    return rows
