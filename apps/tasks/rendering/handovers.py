"""A handover as a reader of its task sees it."""

from django.utils.translation import gettext as _

from apps.containers.type_document.spec import TypeSpec
from apps.core.json_types import JsonObject
from apps.core.timestamps import format_timestamp
from apps.tasks import access, secret_fields
from apps.tasks.access import TaskPermissions, visible_fields
from apps.tasks.models import Handover, Receipt


def render_handover(permissions: TaskPermissions, handover: Handover) -> JsonObject:
    """A handover as a reader of its task sees it: fields that are hidden from them are missing."""
    asks_them = handover.is_open and permissions.is_asked
    shown = (
        frozenset(visible_fields(permissions)) if asks_them else access.past_fields(permissions, handover.created_at)
    )
    asked = [item for item in handover.fields if item["name"] in shown]
    spec = permissions.spec
    return {
        "id": str(handover.pk),
        "task": str(handover.task_id),
        "key": handover.key,
        "state": handover.state,
        "reason": handover.reason,
        "title": handover.title,
        "message": handover.message,
        "to": handover.to,
        "claimed_by": handover.claimed_by.reference if handover.claimed_by else None,
        "asked_by": handover.asked_by,
        "fields": secret_fields.opened_proposals(spec, asked),
        "actions": handover.actions,
        "due_at": format_timestamp(handover.due_at),
        "on_timeout": _without_hidden(spec, handover.on_timeout, shown),
        "reminders": handover.reminders,
        "exclude": handover.exclude,
        "delegated_by": handover.delegated_by.reference if handover.delegated_by else None,
        "draft": _only(spec, handover.draft, shown) if handover.is_open and permissions.may_answer else None,
        "draft_comment": handover.draft_comment if handover.is_open and permissions.may_answer else None,
        "answer": _without_hidden(spec, handover.answer, shown),
        "created_at": format_timestamp(handover.created_at),
        "ended_at": format_timestamp(handover.ended_at),
    }


def _only(spec: TypeSpec, values: JsonObject, shown: frozenset[str]) -> JsonObject:
    return secret_fields.opened(spec, {name: value for name, value in values.items() if name in shown})


def _without_hidden(spec: TypeSpec, value: JsonObject | None, shown: frozenset[str]) -> JsonObject | None:
    """What was answered, or is to be when nobody does, without values of hidden fields."""
    if value is None:
        return None
    result = {**value, "fields": _only(spec, value.get("fields") or {}, shown)}
    if "on_timeout" in value:  # where an escalation goes on
        result["on_timeout"] = _without_hidden(spec, value["on_timeout"], shown)
    return result


def ended_words(handover: Handover) -> str:
    """Who ended the handover, and when, for everybody who comes later."""
    state = Handover.State(handover.state).label
    who = handover.answered_by.display_name if handover.answered_by else ""
    at = handover.ended_at.strftime("%Y-%m-%d %H:%M UTC") if handover.ended_at else ""
    if who:
        return _("%(state)s by %(who)s at %(at)s.") % {"state": state, "who": who, "at": at}
    return _("It is no longer open: %(state)s at %(at)s.") % {"state": state, "at": at}


def render_receipt(permissions: TaskPermissions, receipt: Receipt) -> JsonObject:
    """The receipt as a reader of the task sees it: fields that are hidden from them are missing."""
    visible = access.past_fields(permissions, receipt.created_at)
    fields = [field for field in receipt.shown["fields"] if field["name"] in visible]
    return {
        "handover": str(receipt.handover_id),
        "by": receipt.by.reference,
        "at": format_timestamp(receipt.created_at),
        **receipt.shown,
        "fields": fields,
    }
