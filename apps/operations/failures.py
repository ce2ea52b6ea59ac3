"""What failed, in groups: the failed tasks that a reader sees, by what they have in common."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.core.errors import Invalid
from apps.core.json_types import JsonObject
from apps.core.timestamps import format_timestamp, parse_rfc_3339
from apps.tasks import queries

COUNTED_TO = 10_000
"""How many failed tasks are looked at, the latest: so the answer costs the same however many there are."""
WINDOW = timedelta(days=7)
PARTS = 12
"""Into how many equal parts of the time the trend divides it."""
SAMPLE = 5


class Key(NamedTuple):
    """What the tasks of a group have in common."""

    container: str
    type: str
    type_version: int
    function: str | None
    step: str | None
    error: str | None


@dataclass
class Group:
    """Failed tasks with the same key, the latest first."""

    first_seen: datetime
    last_seen: datetime
    count: int = 0
    trend: list[int] = field(default_factory=lambda: [0] * PARTS)
    sample: list[UUID] = field(default_factory=list)

    def add(self, task: UUID, at: datetime, part: int) -> None:
        """Count one that failed no later than those before."""
        self.count, self.first_seen = self.count + 1, at
        self.trend[part] += 1
        if len(self.sample) < SAMPLE:
            self.sample.append(task)


def list_failures(actor: Actor, *, since: str | None = None) -> JsonObject:
    """The groups, the latest first; since a time (default: seven days ago). Raises Invalid."""
    start, now = _start(since), timezone.now()
    rows = queries.failed_since(actor, start)[:COUNTED_TO]
    length = max((now - start) / PARTS, timedelta(microseconds=1))
    groups: dict[Key, Group] = {}
    counted = 0
    for pk, at, *key in rows.values_list("pk", "status_changed_at", *queries.FAILURE_KEY):
        part = min(PARTS - 1, max(0, (at - start) // length))
        groups.setdefault(Key(*key), Group(at, at)).add(pk, at, part)
        counted += 1
    results = [_render(key, group) for key, group in groups.items()]
    return {"counted_to": COUNTED_TO, "counted": counted, "since": format_timestamp(start), "results": results}


def _start(since: str | None) -> datetime:
    if since is None:
        return timezone.now() - WINDOW
    start = parse_rfc_3339(since)
    if start is None or start > timezone.now():
        raise Invalid.at("/since", _("Write a time of the past like 2026-11-21T09:30:00Z."))
    return start


def _render(key: Key, group: Group) -> JsonObject:
    return {
        **key._asdict(),
        "count": group.count,
        "first_seen": format_timestamp(group.first_seen),
        "last_seen": format_timestamp(group.last_seen),
        "trend": group.trend,
        "sample": [str(task) for task in group.sample],
        "filter": _filter(key),
    }


def _filter(key: Key) -> JsonObject:
    """The parameters that find the tasks of a group in the list; a part that is not there cannot be asked for."""
    asked = {name: value for name, value in key._asdict().items() if value is not None and name != "step"}
    return {"status": "failed", **asked}
