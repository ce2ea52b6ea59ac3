"""Moving the live tasks of a type to one of its versions: looked at first, then done batch by batch.

A migration is a row that is due until it has an end. Each batch is one transaction that holds the row, so that two
never work at the same tasks, and a process that dies leaves whole batches behind. Only tasks that its author sees
are looked at, with the rights that the author has then; all others stay on their version, workable as before. Tasks
that a worker or a person has follow when they are free.
"""

from .preview import render_begun, render_left
from .run import JOB, migrate_due
from .start import migrate_type

__all__ = ["JOB", "migrate_due", "migrate_type", "render_begun", "render_left"]
