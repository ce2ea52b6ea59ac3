"""Short marks of the rows of a list: a poll compares those of its page with the current ones."""

import hashlib
from collections.abc import Iterable

from apps.tasks.models import Handover, Task

LENGTH = 6


def mark(*parts: object) -> str:
    """A row in six letters; another one when something that its reader sees has changed."""
    return hashlib.blake2s("\x1f".join(map(str, parts)).encode(), digest_size=8).hexdigest()[:LENGTH]


def marks_of_handovers(rows: Iterable[Handover]) -> str:
    """The marks of open requests, as an address carries them."""
    return "".join(mark(row.pk, row.state, row.claimed_by_id, row.title, row.due_at) for row in rows)


def marks_of_tasks(rows: Iterable[Task]) -> str:
    """The marks of tasks, as an address carries them."""
    return "".join(mark(row.pk, row.status, row.stage, row.title, row.updated_at) for row in rows)


def count_changes(seen: str, now: str) -> int:
    """How many rows came, went or changed."""
    before, after = _split(seen), _split(now)
    return max(len(before - after), len(after - before))


def _split(marks: str) -> set[str]:
    return {marks[start : start + LENGTH] for start in range(0, len(marks), LENGTH)}
