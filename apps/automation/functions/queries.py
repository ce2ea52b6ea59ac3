"""Reading functions: they are their application's alone."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.automation.access import require_application
from apps.automation.models import Function
from apps.automation.schedules import accept as schedules_accept
from apps.core.errors import NotFound

from .accept import COLUMNS
from .pausing import pause_of, render_pause


def list_functions(actor: Actor) -> QuerySet[Function]:
    """The application's functions by name. Raises Forbidden when a person asks."""
    require_application(actor)
    return Function.objects.filter(application=actor.id).select_related("application", "clock").order_by("name")


def get_function(actor: Actor, name: str, *, lock: bool = False) -> Function:
    """The application's function of that name; `lock` holds its row. Raises NotFound, Forbidden (a person asks)."""
    rows = list_functions(actor).filter(name=name)
    rows = rows.select_for_update(of=("self",)) if lock else rows
    function = rows.first() if "\0" not in name else None
    if function is None:
        raise NotFound(_("There is no such function."))
    return function


def render_function(function: Function) -> dict[str, object]:
    """The function as the API answers it."""
    columns = {column: getattr(function, column) for column in COLUMNS}
    paused = render_pause(pause_of(function))
    return {"name": function.name, **columns, "schedule": schedules_accept.render(function), "paused": paused}
