"""The receipt of an answer: the page as the person saw it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.events.log import MASK
from apps.tasks import queries, rendering
from apps.tasks.access import TaskPermissions
from apps.tasks.models import Receipt
from apps.web.contexts.task_forms import ReceiptPage
from apps.web.pages.fields import text_of_field
from apps.web.pages.rows import know_parties
from apps.web.pages.task import head
from apps.web.people import actor_of, names_of, zone_of

Json = dict[str, Any]


@require_safe
def show(request: HttpRequest, id: str) -> HttpResponse:
    """`/handovers/ID/receipt/`, for those who see the task; fields that are hidden from them are not there."""
    permissions, receipt = queries.get_receipt(actor_of(request), id)
    names = names_of(request)
    know_parties(names, permissions.task, receipt.handover)
    names.know(receipt.by)
    shown = rendering.render_receipt(permissions, receipt)
    names.expect(shown["asked_by"])
    context: ReceiptPage = {
        "task": head(permissions),
        "heading": _heading(permissions, receipt),
        "receipt": shown,
        "at": receipt.created_at,
        "due_at": parse_datetime(shown["due_at"]) if shown["due_at"] else None,
        "asked": [_row(request, permissions, field) for field in shown["fields"] if field["asked"]],
        "others": [_row(request, permissions, field) for field in shown["fields"] if not field["asked"]],
        "chosen": (receipt.handover.answer or {}).get("action", ""),
    }
    return render(request, "tasks/receipt.html", context)


def _heading(permissions: TaskPermissions, receipt: Receipt) -> str:
    if receipt.by_id == permissions.actor.id:
        return _("What you were shown")
    return _("What %(name)s was shown") % {"name": receipt.by.display_name}


def _row(request: HttpRequest, permissions: TaskPermissions, field: Json) -> Json:
    def words(value: Any) -> str:
        if value is None or value == MASK:
            return value or ""
        return text_of_field(permissions, field["name"], value, zone=zone_of(request), names=names_of(request))

    return {**field, "value": words(field["value"]), "proposed": words(field["proposed"])}
