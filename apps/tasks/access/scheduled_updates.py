"""For whom a scheduled update exists, how much of it they see, and who may drop it."""

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.containers.type_document.spec import TypeSpec
from apps.core.errors import Forbidden
from apps.core.json_types import JsonObject
from apps.tasks.models import ScheduledUpdate

from .fields import past_fields, visible_fields
from .permissions import TaskPermissions
from .visibility import task_exists_for


def update_may_exist_for(actor: Actor) -> Q:
    """Condition on ScheduledUpdate: `update_exists_for` in SQL, except for which fields are hidden."""
    own = Q(created_by_user=actor.id) if actor.is_user else Q(created_by_application=actor.id)
    seen, worked_on = (task_exists_for(actor, "task__newest", working=working) for working in (False, True))
    return Q(seen, own) | Q(worked_on)


def update_exists_for(permissions: TaskPermissions, update: ScheduledUpdate) -> bool:
    """For its creator; and for those who work on the task, unless all of it is about fields hidden from them."""
    visible = visible_part_of_update(permissions, update)
    return update.is_of(permissions.actor) or (permissions.works_on_it and bool(visible or update.transition))


def visible_part_of_update(permissions: TaskPermissions, update: ScheduledUpdate) -> JsonObject:
    """`set` without the fields that are hidden from the reader."""
    values = dict(update.set)
    visible = past_fields(permissions, update.created_at)
    fields = {name: value for name, value in (values.pop("fields", None) or {}).items() if name in visible}
    return {**values, **({"fields": fields} if fields else {})}


def touched_fields(update: ScheduledUpdate, spec: TypeSpec) -> frozenset[str]:
    """The fields that its refusal may speak of: those that it sets; all of them where it applies a transition."""
    return frozenset(update.set.get("fields") or {}) | frozenset(spec.fields if update.transition else ())


def sees_whole_update(permissions: TaskPermissions, update: ScheduledUpdate) -> bool:
    """Whether the reader sees all that its refusal and its input are about."""
    return (
        update.is_of(permissions.actor)
        or touched_fields(update, permissions.spec) <= visible_fields(permissions).keys()
    )


def may_drop_update(permissions: TaskPermissions, update: ScheduledUpdate) -> bool:
    """Its creator, and the owner of the task, while it is pending."""
    return update.state == ScheduledUpdate.State.PENDING and _is_theirs(permissions, update)


def require_dropper(permissions: TaskPermissions, update: ScheduledUpdate) -> None:
    """Raises Forbidden unless the actor created it or owns the task."""
    if not _is_theirs(permissions, update):
        raise Forbidden(_("Somebody else planned this."))


def _is_theirs(permissions: TaskPermissions, update: ScheduledUpdate) -> bool:
    return update.is_of(permissions.actor) or permissions.is_asker
