"""An application that is deactivated has no keys, no claims and no leases from that moment on."""

import pytest
from django.db import transaction

from apps.actors.actor import SYSTEM, Actor
from apps.actors.models import Application, Team
from apps.actors.services import change_application
from apps.automation import queue
from apps.automation.functions import services
from apps.automation.queue import claims, portable
from apps.tasks.models import Task

from .conftest import MakeTask

pytestmark = pytest.mark.django_db


def claim(actor: Actor, **body: object) -> list[dict]:
    return queue.claim(actor, {"functions": ["copy"], **body})["tasks"]


def lease_of(task: dict) -> dict:
    return {"task": task["id"], "token": task["lease"]["token"]}


def switch(application: Application, *, active: bool) -> None:
    application.active = active
    change_application(actor=SYSTEM, application=application)


def test_leases_end_at_once(
    make_task: MakeTask, application: Application, application_actor: Actor, team: Team, other_application_actor: Actor
) -> None:
    services.put_function(application_actor, "copy", {"failover": {"to": "team:dba"}})
    task = make_task()
    lease = lease_of(claim(application_actor)[0])
    switch(application, active=False)
    (late,) = queue.complete(application_actor, {"results": [lease]})["results"]
    assert late["code"] == "lease_superseded", "even by a call that was let in before"
    (kept,) = queue.heartbeat(application_actor, {"leases": [lease]})["results"]
    assert kept["code"] == "lease_superseded"
    assert queue.sweep() == 1
    assert Task.objects.get(pk=task.pk).status == "handed_over"


def test_repeated_claim_gets_nothing_back(
    make_task: MakeTask, application: Application, application_actor: Actor
) -> None:
    make_task()
    body = {"claim_id": "0193a0b0-0000-7000-8000-000000000001"}
    assert len(claim(application_actor, **body)) == 1
    switch(application, active=False)
    assert claim(application_actor, **body) == []


def test_call_that_waits_gets_nothing(make_task: MakeTask, application: Application, application_actor: Actor) -> None:
    make_task()
    switch(application, active=False)
    assert claim(application_actor) == []
    request = claims.read_claim({"functions": ["copy"]})
    assert portable.claim(application_actor, request) == []
    switch(application, active=True)
    assert len(claim(application_actor)) == 1


def test_other_changes_end_no_lease(make_task: MakeTask, application: Application, application_actor: Actor) -> None:
    make_task()
    lease = lease_of(claim(application_actor)[0])
    application.title = "Renamed"
    change_application(actor=SYSTEM, application=application)
    assert queue.complete(application_actor, {"results": [lease]})["results"][0]["ok"]


def test_deactivation_that_is_undone_ends_no_lease(
    make_task: MakeTask, application: Application, application_actor: Actor
) -> None:
    make_task()
    lease = lease_of(claim(application_actor)[0])
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        switch(application, active=False)
        raise ZeroDivisionError
    assert queue.complete(application_actor, {"results": [lease]})["results"][0]["ok"]
