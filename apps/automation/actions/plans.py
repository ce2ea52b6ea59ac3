"""The action that plans a change of the task for later."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.containers.acts import Setting
from apps.containers.said_values import Value, values_of_fields
from apps.core.body import Body
from apps.core.errors import Invalid
from apps.tasks import services
from apps.tasks.rendering import when

from . import work as words
from .changes import Set
from .work import Work


class ScheduleUpdate:
    """`{"do": "schedule_update", "at" | "after": …, "set": {…}, "transition": name}`: changes the task by itself then.

    It is done with the rights that whoever plans it has then: the container's application, or the system.
    """

    first = False

    def read(self, body: Body, setting: Setting) -> dict[str, Any]:
        said = words.read_moment(body, "at", delay="after")
        if body.has("at") == body.has("after"):
            body.wrong("at", _("Say either at or after."))
        inner = body.inner("set")
        said["set"] = None
        if inner is not None:
            said["set"] = Set().read(inner, setting)
            inner.refuse_unknown()
        said["transition"] = body.text("transition", most=63)
        if inner is None and said["transition"] is None:
            body.wrong("set", _("Say what to change, or a transition."))
        return said

    def values(self, said: Mapping[str, Any]) -> Iterator[Value]:
        """See `acts.Saying`."""
        return values_of_fields((said["set"] or {}).get("fields"), at="/set/fields")

    def run(self, work: Work, said: Mapping[str, Any]) -> dict[str, Any]:
        at = words.moment_at(work, said, "at", "after")
        if at is None:
            raise Invalid.at("/at", _("This is required."))
        changes = Set().changes(work, said["set"]) if said["set"] else {}
        update = services.schedule_update(work.actor, work.name, at=at, set=changes, transition=said["transition"])
        return {"scheduled_update": str(update.pk), "at": when(at)}
