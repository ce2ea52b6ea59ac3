"""64 claimers on a full queue: each task once, none before its time, the most urgent first."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from apps.actors.actor import Actor
from apps.tasks.models import Task
from apps.tasks.services import create_tasks

from .processes import raced

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
PROCESSES, THREADS = 4, 16
parse = datetime.fromisoformat
READY, LATER = 600, 60


@pytest.mark.usefixtures("function")
def test_64_claimers_drain_the_queue(application_actor: Actor) -> None:
    """Some ask for one, some for ten."""
    soon, much_later = timezone.now() + timedelta(seconds=2), timezone.now() + timedelta(hours=1)
    bodies = [{"title": "Now", "function": "copy", "priority": number % 7} for number in range(READY)]
    bodies += [{"title": "Soon", "function": "copy", "start_at": soon} for _ in range(LATER)]
    bodies += [{"title": "Later", "function": "copy", "start_at": much_later} for _ in range(LATER)]
    create_tasks(application_actor, bodies)
    said = []
    with raced(PROCESSES, "migrator", "drain", THREADS) as programs:
        for program in programs:
            while "won" not in (line := program.hear()):
                said.append(line)
            assert line["refused"] == []
    got = [task for line in said for task in line["got"]]
    assert len({id for id, _, _ in got}) == len(got) >= READY
    assert all(parse(start_at) <= parse(line["at"]) for line in said for _, _, start_at in line["got"])
    assert all(line["got"] == sorted(line["got"], key=lambda task: (-task[1], task[2])) for line in said)
    assert set(Task.objects.filter(title="Later").values_list("status", "queued")) == {("new", False)}
    assert set(Task.objects.filter(status="in_progress").values_list("delivery", flat=True)) == {1}
