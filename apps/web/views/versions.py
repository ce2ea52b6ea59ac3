"""Moving the live tasks of a type to its newest version: a look at what becomes of them, then the button."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from apps.containers.models import TaskType
from apps.containers.spec import spec_of
from apps.core.errors import Conflict, Invalid, NotFound
from apps.tasks.services import migrating
from apps.web import confirming
from apps.web.answers import SeeOther
from apps.web.people import actor_of
from apps.web.words import audience_words

MOST_SHOWN = 10


@require_http_methods(["GET", "HEAD", "POST"])
def migrate(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """`/containers/SLUG/types/NAME/migrate/`, for those who may push the type."""
    kind = migrating.find_type(actor_of(request), slug, name)
    orders = {"drop": request.POST.getlist("drop")}
    if request.method != "POST" or not confirming.is_confirmed(request):
        return _show(request, kind, orders)
    try:
        done = migrating.migrate_type(actor_of(request), slug, name, {**orders, "confirm_widen": True})
    except (Invalid, Conflict) as error:
        return _show(request, kind, {}, error)
    _tell(request, done)
    return SeeOther(request.path)


def _show(
    request: HttpRequest, kind: TaskType, orders: dict[str, Any], error: Invalid | Conflict | None = None
) -> HttpResponse:
    try:
        seen = migrating.migrate_type(actor_of(request), kind.container.slug, kind.name, {**orders, "dry_run": True})
    except Invalid as refused:
        return _show(request, kind, {}, refused)
    gone = {row["pointer"].split("/")[2] for row in seen["reasons"] if row["code"] == "gone"}
    dropped = orders.get("drop", [])
    context = {
        "container": kind.container,
        "kind": kind,
        "seen": seen,
        "reasons": [{**row, "label": _label(kind, row["pointer"])} for row in seen["reasons"]],
        "gains": [_gain(kind, row) for row in seen["gains"]],
        "fields": [{"name": field, "chosen": field in dropped} for field in sorted(gone | set(dropped))],
        "stuck": [row for row in seen["sample"] if not row["converts"]][:MOST_SHOWN],
        "running": _running(request, kind),
        "errors": [],
        "form_errors": [error.detail] if error else [],
    }
    return render(request, "containers/migrate.html", context, status=error.status if error else 200)


def _gain(kind: TaskType, row: dict[str, Any]) -> dict[str, str]:
    """Who would read more, and what: what the button confirms."""
    labels = [_label(kind, f"/fields/{name}") for name in row["fields"]]
    return {"who": audience_words(row["who"]), "what": ", ".join(labels)}


def _label(kind: TaskType, pointer: str) -> str:
    """What a problem is about: the title of a field as it is now, else its name."""
    name = pointer.removeprefix("/fields").strip("/")
    field = spec_of(kind.current).fields.get(name)  # type: ignore[arg-type]
    return {"stage": _("Stage"), "privacy": _("Privacy")}.get(pointer.strip("/"), field.title if field else name)


def _running(request: HttpRequest, kind: TaskType) -> dict[str, Any] | None:
    """The reader's own migration that is still under way."""
    try:
        last = migrating.get_migration(actor_of(request), kind.container.slug, kind.name)
    except NotFound:
        return None
    return None if last["done"] else last


def _tell(request: HttpRequest, done: dict[str, Any]) -> None:
    count = done["converts"]
    said = ngettext("%(n)d task was moved.", "%(n)d tasks were moved.", count) % {"n": count}
    if not done["done"]:
        said += " " + _("The others follow by themselves.")
    messages.success(request, said)
