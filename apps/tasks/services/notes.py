"""Notes: comments for all who see the task, work notes for those who work on it."""

from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.core.errors import Invalid
from apps.core.shapes import reads
from apps.core.text import is_blank
from apps.events import event_types
from apps.events.unit_of_work import unit_of_work
from apps.tasks import access, bodies, leases, search
from apps.tasks.access import TaskPermissions
from apps.tasks.limits import LONGEST_TEXT
from apps.tasks.models import Note

from . import writing


@reads(bodies.NOTE)
@unit_of_work()
def add_note(
    actor: Actor, name: object, *, text: str, kind: str = Note.Kind.COMMENT, lease_token: str | None = None
) -> Note:
    """A comment or a work note. A lease token that is given must be the current one.

    Raises NotFound, Invalid, Forbidden (a work note by who does not work on the task; a comment by a mere viewer),
    Conflict `lease_superseded`.
    """
    permissions = writing.lock(actor, name)
    if lease_token is not None:
        leases.require_lease(permissions.task, lease_token)
    access.require_note_writer(permissions, kind)
    note = write(permissions, text=text, kind=kind)
    writing.update(permissions.task, quiet=kind == Note.Kind.WORK_NOTE)
    return note


def write(permissions: TaskPermissions, *, text: str, kind: str) -> Note:
    """Store a note of the locked task and record it; the caller updates the task. Raises Invalid."""
    text = text.strip()
    if is_blank(text) or len(text) > LONGEST_TEXT:
        raise Invalid.at("/text", _("A note has 1 to %(most)s characters.") % {"most": LONGEST_TEXT})
    note = Note.objects.create(task=permissions.task, kind=kind, text=text, author=str(permissions.actor))
    search.index_text(note)
    internal = kind == Note.Kind.WORK_NOTE
    writing.emit(
        permissions.task,
        event_types.TASK_NOTED,
        actor=permissions.actor,
        internal=internal,
        note=str(note.pk),
        kind=kind,
    )
    return note
