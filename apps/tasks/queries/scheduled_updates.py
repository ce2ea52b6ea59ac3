"""Scheduled updates that exist for a reader."""

from itertools import islice

from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.core.errors import NotFound
from apps.core.ids import parse_uuid
from apps.tasks import access
from apps.tasks.access import TaskPermissions
from apps.tasks.models import ScheduledUpdate

from .tasks import permissions_of

MOST_LISTED = 200


def list_scheduled_updates(permissions: TaskPermissions) -> list[ScheduledUpdate]:
    """Those of the task that exist for the reader, by their time: all to come, and the latest of the past."""
    access.visible_fields(permissions)  # whether or not there is any: the number of statements tells nothing
    rows = ScheduledUpdate.objects.select_related(*ScheduledUpdate.RELATED).filter(task__newest=permissions.task.newest)
    latest = rows.order_by("-at", "-id").iterator(MOST_LISTED)
    return list(islice((row for row in latest if access.update_exists_for(permissions, row)), MOST_LISTED))[::-1]


def get_scheduled_update(actor: Actor, number: object) -> tuple[TaskPermissions, ScheduledUpdate]:
    """One of them. Raises NotFound: hidden and absent read the same, and those of a hidden task in the same time."""
    known = parse_uuid(number)
    rows = ScheduledUpdate.objects.select_related(*ScheduledUpdate.RELATED).filter(access.update_may_exist_for(actor))
    update = rows.filter(pk=known).first() if known else None
    absent = NotFound(_("There is no such scheduled update."))
    if update is None:
        raise absent
    try:
        permissions = permissions_of(actor, str(update.task_id))
    except NotFound:
        raise absent from None
    if not access.update_exists_for(permissions, update):
        raise absent
    return permissions, update
