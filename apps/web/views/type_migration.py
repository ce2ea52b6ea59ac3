"""Moving the live tasks of a type to its newest version: first a preview, then the button."""

from typing import Any

import orjson
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from apps.containers.models import TaskType
from apps.containers.type_document.spec import spec_of
from apps.core.errors import Conflict, Invalid, NotFound
from apps.tasks import access, queries
from apps.tasks.rendering import render_migration
from apps.tasks.services import type_migration
from apps.web import confirmations
from apps.web.contexts.containers import MigrationPage
from apps.web.labels import audience_name
from apps.web.people import actor_of
from apps.web.problems import status_of
from apps.web.responses import SeeOther

MOST_SHOWN = 10
GONE, DROP, TO, OLD, NEW = "gone.", "drop", "to:", "old.", "new."


@require_http_methods(["GET", "HEAD", "POST"])
def migrate(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """`/containers/SLUG/types/NAME/migrate/`, for those who may publish the type."""
    kind = access.get_type_to_migrate(actor_of(request), slug, name)
    orders = _read_orders(request, kind)
    if request.method != "POST" or not confirmations.is_confirmed(request):
        return _show(request, kind, orders)
    try:
        done = type_migration.migrate_type(actor_of(request), slug, name, {**orders, "confirm_widen": True})
    except (Invalid, Conflict) as error:
        return _show(request, kind, {}, error)
    _report(request, done)
    return SeeOther(request.path)


def _read_orders(request: HttpRequest, kind: TaskType) -> dict[str, Any]:
    """What becomes of the values of each field that is gone: `gone.FIELD` is `drop` or `to:FIELD`, else they stay.

    `old.FIELD` are values that do not fit, `new.FIELD` what each becomes; it stays where that is empty.
    """
    chosen = {key.removeprefix(GONE): str(value) for key, value in request.POST.items() if key.startswith(GONE)}
    return {
        "drop": [name for name, value in chosen.items() if value == DROP],
        "rename": {name: value.removeprefix(TO) for name, value in chosen.items() if value.startswith(TO)},
        "map": {
            name: {old: _value(kind, name, new) for old, new in pairs if new}
            for name, pairs in _mapped(request).items()
            if any(new for _old, new in pairs)
        },
    }


def _mapped(request: HttpRequest) -> dict[str, list[tuple[str, str]]]:
    """The old and the new value of each row, by field."""
    names = [key.removeprefix(OLD) for key in request.POST if key.startswith(OLD)]
    return {
        name: list(zip(request.POST.getlist(OLD + name), request.POST.getlist(NEW + name), strict=False))
        for name in names
    }


def _value(kind: TaskType, name: str, text: str) -> Any:
    """What was typed, as a value of the field: an option or a number by its JSON, else the text."""
    schema = _values_of(kind, name)
    if "enum" not in schema and schema.get("type", "string") == "string":
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _values_of(kind: TaskType, name: str) -> dict[str, Any]:
    """The schema of a value of the field, or of a member where it is a list."""
    field = spec_of(kind.current).fields.get(name)  # type: ignore[arg-type]
    schema = field.schema if field else {}
    items = schema.get("items")
    return items if isinstance(items, dict) else schema


def _kept(orders: dict[str, Any]) -> list[dict[str, Any]]:
    """Values for which there is an order: they fit by it, and stay on the page."""
    return [
        {"field": name, "value": old, "tasks": _("ordered")}
        for name, table in orders.get("map", {}).items()
        for old in table
    ]


def _unfit(kind: TaskType, row: dict[str, Any], orders: dict[str, Any]) -> dict[str, Any]:
    """A value that does not fit, and what it can become."""
    options = [(orjson.dumps(value).decode(), str(value)) for value in _values_of(kind, row["field"]).get("enum", ())]
    chosen = orders.get("map", {}).get(row["field"], {}).get(row["value"], "")
    return {
        **row,
        "label": _label(kind, f"/fields/{row['field']}"),
        "options": options,
        "chosen": chosen if isinstance(chosen, str) and not options else chosen != "" and orjson.dumps(chosen).decode(),
    }


def _show(
    request: HttpRequest, kind: TaskType, orders: dict[str, Any], error: Invalid | Conflict | None = None
) -> HttpResponse:
    try:
        seen = type_migration.migrate_type(
            actor_of(request), kind.container.slug, kind.name, {**orders, "dry_run": True}
        )
    except Invalid as refused:
        return _show(request, kind, {}, refused)
    gone = {row["pointer"].split("/")[2] for row in seen["reasons"] if row["code"] == "gone"}
    chosen = dict.fromkeys(orders.get("drop", []), DROP)
    chosen |= {name: TO + target for name, target in orders.get("rename", {}).items()}
    context: MigrationPage = {
        "container": kind.container,
        "kind": kind,
        "seen": seen,
        "reasons": [{**row, "label": _label(kind, row["pointer"])} for row in seen["reasons"]],
        "gains": [_gain(kind, row) for row in seen["gains"]],
        "fields": [{"name": name, "chosen": chosen.get(name, "")} for name in sorted(gone | chosen.keys())],
        "targets": [(TO + name, field.title) for name, field in spec_of(kind.current).fields.items()],  # type: ignore[arg-type]
        "unfit": [_unfit(kind, row, orders) for row in [*_kept(orders), *seen["unfit"]]],
        "stuck": [row for row in seen["sample"] if not row["converts"]][:MOST_SHOWN],
        "running": _running(request, kind),
        "errors": [],
        "form_errors": [error.detail] if error else [],
    }
    return render(request, "containers/migrate.html", context, status=status_of(error) if error else 200)


def _gain(kind: TaskType, row: dict[str, Any]) -> dict[str, str]:
    """An audience that would read more, and the fields: the button confirms it."""
    labels = [_label(kind, f"/fields/{name}") for name in row["fields"]]
    return {"who": audience_name(row["who"]), "what": ", ".join(labels)}


def _label(kind: TaskType, pointer: str) -> str:
    """The subject of a problem: the current title of a field, else its name."""
    name = pointer.removeprefix("/fields").strip("/")
    field = spec_of(kind.current).fields.get(name)  # type: ignore[arg-type]
    return {"stage": _("Stage"), "privacy": _("Privacy")}.get(pointer.strip("/"), field.title if field else name)


def _running(request: HttpRequest, kind: TaskType) -> dict[str, Any] | None:
    """The reader's own migration that is still under way."""
    try:
        _kind, last = queries.get_migration(actor_of(request), kind.container.slug, kind.name)
    except NotFound:
        return None
    return None if last.ended_at is not None else render_migration(kind, last, held=0)


def _report(request: HttpRequest, done: dict[str, Any]) -> None:
    count = done["converts"]
    text = ngettext("%(n)d task was moved.", "%(n)d tasks were moved.", count) % {"n": count}
    if not done["done"]:
        text += " " + _("The others follow by themselves.")
    elif done["held"]:
        text += " " + _("Those that somebody has now follow by themselves.")
    messages.success(request, text)
