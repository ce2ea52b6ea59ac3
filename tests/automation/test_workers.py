"""The registry of workers is made of their claims and heartbeats, and costs them next to nothing."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.actors.actor import Actor
from apps.automation import queue
from apps.automation.models import Worker
from apps.core.errors import Invalid

from .conftest import MakeTask

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_caches", "function")]


def claim(actor: Actor, **body: object) -> list[dict]:
    return queue.claim(actor, {"functions": ["copy"], "worker": "copy-1", **body})["tasks"]


def listed(actor: Actor) -> list[dict]:
    return [{name: row[name] for name in row if name != "last_seen"} for row in queue.stats(actor)["workers"]]


def test_claims_make_the_registry(make_task: MakeTask, application_actor: Actor) -> None:
    make_task()
    claim(application_actor, version="1.4", functions=["copy", "check"])
    assert listed(application_actor) == [
        {"name": "copy-1", "version": "1.4", "functions": ["check", "copy"], "in_flight": 1, "draining": False}
    ]


def test_worker_without_a_name_is_seen_too(application_actor: Actor) -> None:
    queue.claim(application_actor, {"functions": ["copy"]})
    assert [(row["name"], row["functions"]) for row in listed(application_actor)] == [(None, ["copy"])]


def test_draining_worker_says_so_and_gets_nothing(make_task: MakeTask, application_actor: Actor) -> None:
    make_task()
    claim(application_actor, functions=["check"])
    assert claim(application_actor, draining=True, wait=30) == []
    assert [(row["functions"], row["draining"]) for row in listed(application_actor)] == [(["check", "copy"], True)]
    assert len(claim(application_actor)) == 1
    assert listed(application_actor)[0]["draining"] is False, "it is back"


def test_who_drains_must_have_a_name(application_actor: Actor) -> None:
    with pytest.raises(Invalid) as error:
        queue.claim(application_actor, {"functions": ["copy"], "draining": True})
    assert [problem.pointer for problem in error.value.errors] == ["/worker"]


def test_a_claim_notes_its_worker_once_in_a_while(application_actor: Actor) -> None:
    def noting() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            claim(application_actor)
        return sum("automation_worker" in query["sql"] for query in queries)

    assert [noting(), noting(), noting()] == [1, 0, 0]


def test_heartbeats_keep_a_worker_seen(make_task: MakeTask, application_actor: Actor) -> None:
    make_task()
    (task,) = claim(application_actor, version="1.4")
    Worker.objects.update(last_seen=timezone.now() - timedelta(hours=1))
    lease = {"task": task["id"], "token": task["lease"]["token"]}
    queue.heartbeat(application_actor, {"leases": [lease]})
    row = Worker.objects.get()
    assert timezone.now() - row.last_seen < timedelta(minutes=5)
    assert row.version == "1.4"


def test_workers_that_went_are_forgotten(application_actor: Actor) -> None:
    claim(application_actor)
    claim(application_actor, worker="copy-2")
    Worker.objects.filter(name="copy-1").update(last_seen=timezone.now() - timedelta(days=2))
    queue.attend()
    assert [row["name"] for row in listed(application_actor)] == ["copy-2"]
