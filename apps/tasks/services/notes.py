"""Notes: comments for all who see the task, work notes for those who work on it."""

from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.core.errors import Forbidden, Invalid
from apps.events import verbs
from apps.events.units import unit
from apps.tasks import leases, search
from apps.tasks.access import Standing
from apps.tasks.models import Note

from . import writing

MAX_LENGTH = 20_000


@unit()
def add_note(
    actor: Actor, name: object, *, text: str, kind: str = Note.Kind.COMMENT, lease_token: str | None = None
) -> Note:
    """A comment or a work note. A lease token that is given must be the current one.

    Raises NotFound, Invalid, Forbidden (a work note by who does not work on the task; a comment by a mere viewer),
    Conflict `lease_superseded`.
    """
    standing = writing.lock(actor, name)
    if lease_token is not None:
        leases.require_lease(standing.task, lease_token)
    require_speaker(standing, kind)
    note = write(standing, text=text, kind=kind)
    writing.update(standing.task, quiet=kind == Note.Kind.WORK_NOTE)
    return note


def may_comment(standing: Standing) -> bool:
    """The people of the task: who works on it, the reporter, and other applications that made it."""
    actor, task = standing.actor, standing.task
    mine = actor.id in (task.reporter_id, task.private_to_id) if actor.is_user else False
    if standing.looks_in:
        return False
    return standing.works_on_it or mine or (actor.is_application and task.created_by_application_id == actor.id)


def require_speaker(standing: Standing, kind: str) -> None:
    """Raises Invalid for an unknown kind, Forbidden unless the actor may say something of that kind on the task."""
    if kind not in Note.Kind.values:
        raise Invalid.at("/kind", _("A note is a comment or a work_note."))
    if kind == Note.Kind.WORK_NOTE and not standing.works_on_it:
        raise Forbidden(_("Work notes are for those who work on the task."))
    if not may_comment(standing):
        raise Forbidden(_("Your role in this container does not allow you to comment."))


def write(standing: Standing, *, text: str, kind: str) -> Note:
    """Store a note of the locked task and record it; the caller updates the task. Raises Invalid."""
    text = text.strip()
    if not text or len(text) > MAX_LENGTH:
        raise Invalid.at("/text", _("A note has 1 to %(most)s characters.") % {"most": MAX_LENGTH})
    note = Note.objects.create(task=standing.task, kind=kind, text=text, author=str(standing.actor))
    search.remember_said(note)
    internal = kind == Note.Kind.WORK_NOTE
    writing.emit(standing.task, verbs.TASK_NOTED, actor=standing.actor, internal=internal, note=str(note.pk), kind=kind)
    return note
