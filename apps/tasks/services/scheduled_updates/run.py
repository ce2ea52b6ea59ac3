"""Scheduled updates whose time has come: each is done once, with the rights that its maker has then, or refused."""

import logging
from uuid import UUID

from django.db import OperationalError
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors.actor import SYSTEM, Actor
from apps.actors.references import actor_of_application, actor_of_user
from apps.containers.type_document.spec import spec_of
from apps.core import due
from apps.core.errors import Conflict, Forbidden, NotFound, TaskHubError
from apps.core.json_types import JsonObject
from apps.events.unit_of_work import unit_of_work
from apps.tasks import access, ports
from apps.tasks.models import Privacy, ScheduledUpdate, Task
from apps.tasks.services import edit

from . import plan

logger = logging.getLogger(__name__)
State = ScheduledUpdate.State
BATCH = 100


def update_due(limit: int = BATCH) -> int:
    """Do what is due, by the database clock; returns how many were decided. Safe on many nodes."""
    rows = ScheduledUpdate.objects.filter(state=State.PENDING, at__lte=Now()).order_by("at", "id")
    return due.work_off(rows.values_list("pk", "task_id")[:limit], decide)


@unit_of_work()
def decide(pk: UUID, task_id: UUID) -> bool:
    """Whether the update was still due on this task, and is now done or refused by this call.

    The task is held first, as by every other write; an update that moved to a newer attempt meanwhile is done there.
    """
    task = access.get_task(SYSTEM, str(task_id), lock=True)
    mine = ScheduledUpdate.objects.filter(pk=pk, task=task, state=State.PENDING)
    if not mine.update(state=State.DONE, ended_at=timezone.now()):
        return False
    update = ScheduledUpdate.objects.select_related(*ScheduledUpdate.RELATED).get(pk=pk)
    error = _try(update, task)
    task = access.get_task(SYSTEM, str(task.pk), lock=True)
    if error is None:
        plan.tell(task, update, "done", actor=SYSTEM)
        return True
    stored = TaskHubError.as_json(error)  # without what only its author may know: who would have gained
    ScheduledUpdate.objects.filter(pk=pk).update(state=State.REFUSED, error=stored)
    plan.tell(task, update, "refused", actor=SYSTEM, by=update.created_by, **_why(update, task, error))
    return True


def _try(update: ScheduledUpdate, task: Task) -> TaskHubError | None:
    """Do all of it or nothing; answers why not."""
    try:
        with unit_of_work():
            _do(_maker(update, task), update, str(task.pk))
    except OperationalError:  # the database is away: it stays due
        raise
    except TaskHubError as refused:
        return refused
    except Exception:
        logger.exception("A scheduled update could not be done")
        return Conflict(_("It could not be stored."))
    return None


def _do(actor: Actor, update: ScheduledUpdate, name: str) -> None:
    if update.set:
        confirmed = bool(update.set.get(plan.CONFIRMED))
        edit.edit_task(actor, name, plan.as_changes(update), confirm_widen=confirmed)
    if update.transition:
        ports.stage_ways.get().press(actor, name, update.transition, update.input)


def _maker(update: ScheduledUpdate, task: Task) -> Actor:
    """Who made it, as they are now. Raises Forbidden where nobody may act in that name any more."""
    user, application = update.created_by_user, update.created_by_application
    if user is not None and user.is_active:
        return actor_of_user(user)
    if application is not None and application.active:
        return actor_of_application(application)
    if user is None and application is None and (task.privacy == Privacy.INHERIT or not task.container.is_peoples):
        return SYSTEM
    if user is None and application is None:
        raise Forbidden(_("A task that not everybody here sees is changed by people alone."))
    raise Forbidden(_("Who planned it is no longer active."))


def _why(update: ScheduledUpdate, task: Task, error: TaskHubError) -> JsonObject:
    """The event data of a refusal, which must not disclose a field that some reader does not see."""
    spec = spec_of(task.type_version)
    fields = access.touched_fields(update, spec)
    narrow = any(name not in spec.fields or "everyone" not in spec.readers(name) for name in fields)
    detail = error.detail
    if isinstance(error, NotFound):
        detail = _("Who planned it does not see the task any more.")
    elif narrow:
        detail = _("It was not possible then.")
    return {"code": error.code, "error": detail}
