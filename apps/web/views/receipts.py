"""What exactly somebody was shown when they answered."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.events.log import MASK
from apps.tasks import receipts, services
from apps.tasks.access import Standing
from apps.tasks.models import Receipt
from apps.web.pages.fields import text_of_field
from apps.web.pages.rows import know_parties
from apps.web.pages.task import head
from apps.web.people import actor_of, names_of, zone_of

Json = dict[str, Any]


@require_safe
def show(request: HttpRequest, id: str) -> HttpResponse:
    """`/handovers/ID/receipt/`, for those who see the task; fields that are hidden from them are not there."""
    standing, receipt = services.get_receipt(actor_of(request), id)
    names = names_of(request)
    know_parties(names, standing.task, receipt.handover)
    names.know(receipt.by)
    shown = receipts.render(standing, receipt)
    names.expect(shown["asked_by"])
    context = {
        "task": head(standing),
        "heading": _heading(standing, receipt),
        "receipt": shown,
        "at": receipt.created_at,
        "due_at": parse_datetime(shown["due_at"]) if shown["due_at"] else None,
        "asked": [_row(request, standing, field) for field in shown["fields"] if field["asked"]],
        "others": [_row(request, standing, field) for field in shown["fields"] if not field["asked"]],
        "chosen": (receipt.handover.answer or {}).get("action", ""),
    }
    return render(request, "tasks/receipt.html", context)


def _heading(standing: Standing, receipt: Receipt) -> str:
    if receipt.by_id == standing.actor.id:
        return _("What you were shown")
    return _("What %(name)s was shown") % {"name": receipt.by.display_name}


def _row(request: HttpRequest, standing: Standing, field: Json) -> Json:
    def words(value: Any) -> str:
        if value is None or value == MASK:
            return value or ""
        return text_of_field(standing, field["name"], value, zone=zone_of(request), names=names_of(request))

    return {**field, "value": words(field["value"]), "proposed": words(field["proposed"])}
