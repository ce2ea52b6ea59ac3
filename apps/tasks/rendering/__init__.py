"""The one rendering of each noun for a reader: what the API answers and pages show."""

from .handovers import ended_words, render_handover, render_receipt
from .parts import render_attachment, render_note
from .scheduled_updates import render_scheduled_update
from .tasks import render_custody, render_many, render_properties, render_task, version_of, visible_values
from .type_migrations import migration_heading, render_migration

__all__ = [
    "ended_words",
    "migration_heading",
    "render_attachment",
    "render_custody",
    "render_handover",
    "render_many",
    "render_migration",
    "render_note",
    "render_properties",
    "render_receipt",
    "render_scheduled_update",
    "render_task",
    "version_of",
    "visible_values",
]
