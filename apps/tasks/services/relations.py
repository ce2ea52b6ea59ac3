"""What ties tasks to each other and to people: links, watchers, grants."""

from datetime import datetime

from django.utils.translation import gettext as _

from apps.actors import references
from apps.actors.actor import Actor
from apps.actors.models import User
from apps.core.errors import Forbidden, Invalid, NotFound
from apps.events import verbs
from apps.events.units import unit
from apps.tasks import access
from apps.tasks.access import Standing
from apps.tasks.models import Grant, Link, Task, Watch

from . import writing


@unit()
def add_link(actor: Actor, name: object, *, kind: str, task: object) -> Link:
    """Relate two tasks that the actor sees; the same link again is the same. Raises NotFound, Invalid, Forbidden."""
    standing = writing.lock(actor, name)
    access.require_worker(standing, _("link this task"))
    if kind not in Link.Kind.values:
        raise Invalid.at("/kind", _("The kinds are: %(names)s.") % {"names": ", ".join(Link.Kind.values)})
    try:
        other = access.get_task_to_tie(actor, task)
    except NotFound:
        raise Invalid.at("/task", _("There is no such task.")) from None
    if other.pk == standing.task.pk:
        raise Invalid.at("/task", _("A task is not linked to itself."))
    link, made = Link.objects.get_or_create(kind=kind, source=standing.task, target=other)
    if made:
        writing.emit(standing.task, verbs.TASK_LINKED, actor=actor, internal=True, kind=kind, link=str(link.pk))
        writing.update(standing.task, quiet=True)
    return link


def watch(actor: Actor, name: object) -> Watch:
    """Follow a task. Raises NotFound; Forbidden for applications."""
    task = access.get_task(actor, name)
    if not actor.is_user:
        raise Forbidden(_("Only people follow tasks."))
    access.require_hand(Standing(actor, task))
    return Watch.objects.get_or_create(task=task, user_id=actor.id)[0]


def unwatch(actor: Actor, name: object) -> None:
    """Stop following it. Raises NotFound."""
    Watch.objects.filter(task=access.get_task(actor, name), user=actor.id).delete()


@unit()
def grant(actor: Actor, name: object, reference: str, *, expires_at: datetime | None = None) -> tuple[Grant, bool]:
    """Let a user or team see the task; and whether that is new. Raises NotFound, Forbidden, Invalid."""
    standing = writing.lock(actor, name)
    access.require_asker(standing, _("share this task"))
    party = references.find(reference, pointer="", kinds=("user", "team"))
    whom = {"user": party} if isinstance(party, User) else {"team": party}
    row, made = Grant.objects.update_or_create(task=standing.task, **whom, defaults={"expires_at": expires_at})
    _tell(standing.task, actor, "granted", reference)
    return row, made


@unit()
def revoke_grant(actor: Actor, name: object, reference: str) -> None:
    """Take a grant back. Raises NotFound (no such grant either), Forbidden, Invalid."""
    standing = writing.lock(actor, name)
    access.require_asker(standing, _("share this task"))
    party = references.find(reference, pointer="", kinds=("user", "team"))
    whom = {"user": party} if isinstance(party, User) else {"team": party}
    if not Grant.objects.filter(task=standing.task, **whom).delete()[0]:
        raise NotFound(_("There is no such grant."))
    _tell(standing.task, actor, "revoked", reference)


def _tell(task: Task, actor: Actor, did: str, reference: str) -> None:
    writing.emit(task, verbs.TASK_GRANTED, actor=actor, internal=True, did=did, to=reference)
    writing.update(task, quiet=True)
