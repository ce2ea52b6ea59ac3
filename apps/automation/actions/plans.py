"""The action that plans a change of the task for later."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from apps.containers.type_document.actions import Setting
from apps.containers.type_document.literals import Value, values_of_fields
from apps.core.body import Body
from apps.core.errors import Invalid
from apps.core.shapes import Object, Text
from apps.core.timestamps import format_timestamp
from apps.tasks import services

from . import work as words
from .changes import Set
from .documents import PlannedUpdate
from .work import Work


class ScheduleUpdate:
    """`{"do": "schedule_update", "at" | "after": …, "set": {…}, "transition": name}`: changes the task by itself then.

    It is done with the rights that whoever plans it has then: the container's application, or the system.
    """

    first = False
    shape = Object({"at": words.TIME, "after": words.DELAY, "set": Set.shape, "transition": Text(63)}, drops_null=True)

    def accept(self, body: Body, setting: Setting) -> dict[str, object]:
        action = words.read_times(body, "at", "after")
        if body.has("at") == body.has("after"):
            body.wrong("at", _("Say either at or after."))
        inner = body.inner("set")
        action["set"] = Set().accept(inner, setting) if inner is not None else None
        action["transition"] = body.get("transition")
        if inner is None and action["transition"] is None:
            body.wrong("set", _("Say what to change, or a transition."))
        return action

    def values(self, action: PlannedUpdate) -> Iterator[Value]:
        """See `WithValues` in `type_document/actions.py`."""
        return values_of_fields((action["set"] or {}).get("fields"), at="/set/fields")

    def run(self, work: Work, action: PlannedUpdate) -> dict[str, object]:
        at = words.timestamp_at(work, action, "at", "after")
        if at is None:
            raise Invalid.at("/at", _("This is required."))
        changes = Set().changes(work, action["set"]) if action["set"] else {}
        update = services.schedule_update(work.actor, work.name, at=at, set=changes, transition=action["transition"])
        return {"scheduled_update": str(update.pk), "at": format_timestamp(at)}
