"""64 threads make, complete, fail, cancel and edit one task at once: one beginning, one end, a history that fits."""

from itertools import pairwise

import pytest

from apps.actors.actor import Actor
from apps.automation import queue
from apps.events.models import Event
from apps.tasks.lifecycle import edges
from apps.tasks.models import Task
from apps.tasks.services import create_task
from tests.automation.conftest import MakeTask

from .processes import raced

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
PROCESSES, THREADS = 4, 16


def test_one_end_and_a_legal_path(make_task: MakeTask, application_actor: Actor) -> None:
    for _ in range(5):
        task = make_task()
        (claimed,) = queue.claim(application_actor, {"functions": ["copy"]})["tasks"]
        token = claimed["lease"]["token"]
        with raced(PROCESSES, "migrator", "anything", THREADS, task.pk, token) as programs:
            said = [program.hear() for program in programs]
        assert sum(each["won"] for each in said) == 1
        assert {why for each in said for why in each["refused"]} <= {"1", "Conflict"}
        row = Task.objects.get(pk=task.pk)
        events = Event.objects.filter(task_id=task.pk).order_by("sequence")
        steps = [tuple(event.data["changes"]["status"]) for event in events if event.type == "task.status_changed"]
        path = ["new", *(after for _, after in steps)]
        assert steps == list(pairwise(path))
        assert set(steps) <= edges()
        assert (path[-1], len(steps)) == (row.status, 2)
        sequences = [event.sequence for event in events]
        assert sequences == sorted(set(sequences))
        assert max(sequences) <= row.sequence
        titles = [event.data["changes"]["title"] for event in events if "title" in event.data.get("changes", {})]
        assert [before for before, _ in titles[1:]] == [after for _, after in titles[:-1]]  # no lost update
        assert row.title == (titles[-1][1] if titles else "Copy")


def test_one_external_id_makes_one_task(application_actor: Actor) -> None:
    create_task(application_actor, {"title": "First, so that the container is there"})
    with raced(PROCESSES, "migrator", "make", THREADS, "chg-42") as programs:
        said = [program.hear() for program in programs]
    assert sum(each["won"] for each in said) == 1
    assert {why for each in said for why in each["refused"]} == {"1"}
    assert Task.objects.filter(title="Once").count() == 1
