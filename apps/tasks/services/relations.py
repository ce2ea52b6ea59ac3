"""What ties tasks to each other and to people: links, watchers, grants."""

from datetime import datetime

from django.utils.translation import gettext as _

from apps.actors import references
from apps.actors.actor import Actor
from apps.actors.models import User
from apps.core.errors import Conflict, Forbidden, Invalid, NotFound
from apps.core.shapes import reads
from apps.events import event_types
from apps.events.unit_of_work import unit_of_work
from apps.tasks import access, bodies, queries
from apps.tasks.access import TaskPermissions
from apps.tasks.models import Grant, Link, Task, Watch

from . import writing


@reads(bodies.LINK)
@unit_of_work()
def add_link(actor: Actor, name: object, *, kind: str, task: object) -> Link:
    """Relate two tasks that the actor sees; the same link again is the same. Raises NotFound, Invalid, Forbidden."""
    permissions = writing.lock(actor, name)
    access.require_worker(permissions, _("link this task"))
    try:
        other = access.get_task_to_tie(actor, task)
    except NotFound:
        raise Invalid.at("/task", _("There is no such task.")) from None
    if other.pk == permissions.task.pk:
        raise Invalid.at("/task", _("A task is not linked to itself."))
    if queries.leads_to(actor, kind, start=other, end=permissions.task):
        raise Conflict(_("The other task leads back to this one: that would be a circle."))
    link, made = Link.objects.get_or_create(kind=kind, source=permissions.task, target=other)
    if made:
        writing.emit(
            permissions.task, event_types.TASK_LINKED, actor=actor, internal=True, kind=kind, link=str(link.pk)
        )
        writing.update(permissions.task, quiet=True)
    return link


def watch(actor: Actor, name: object) -> Watch:
    """Follow a task. Raises NotFound; Forbidden for applications."""
    task = access.get_task(actor, name)
    if not actor.is_user:
        raise Forbidden(_("Only people follow tasks."))
    access.require_hand(TaskPermissions(actor, task))
    return Watch.objects.get_or_create(task=task, user_id=actor.id)[0]


def unwatch(actor: Actor, name: object) -> None:
    """Stop following it. Raises NotFound."""
    Watch.objects.filter(task=access.get_task(actor, name), user=actor.id).delete()


@reads(bodies.GRANT)
@unit_of_work()
def grant(actor: Actor, name: object, reference: str, *, expires_at: datetime | None = None) -> tuple[Grant, bool]:
    """Let a user or team see the task; and whether that is new. Raises NotFound, Forbidden, Invalid."""
    permissions = writing.lock(actor, name)
    access.require_asker(permissions, _("share this task"))
    party = references.find(reference, pointer="", kinds=("user", "team"))
    target = {"user": party} if isinstance(party, User) else {"team": party}
    row, made = Grant.objects.update_or_create(task=permissions.task, **target, defaults={"expires_at": expires_at})
    _tell(permissions.task, actor, "granted", reference)
    return row, made


@unit_of_work()
def revoke_grant(actor: Actor, name: object, reference: str) -> None:
    """Take a grant back. Raises NotFound (no such grant either), Forbidden, Invalid."""
    permissions = writing.lock(actor, name)
    access.require_asker(permissions, _("share this task"))
    party = references.find(reference, pointer="", kinds=("user", "team"))
    target = {"user": party} if isinstance(party, User) else {"team": party}
    if not Grant.objects.filter(task=permissions.task, **target).delete()[0]:
        raise NotFound(_("There is no such grant."))
    _tell(permissions.task, actor, "revoked", reference)


def _tell(task: Task, actor: Actor, did: str, reference: str) -> None:
    writing.emit(task, event_types.TASK_GRANTED, actor=actor, internal=True, did=did, to=reference)
    writing.update(task, quiet=True)
