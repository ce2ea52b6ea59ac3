"""A worker that comes back after its lease has ended changes nothing: not a row, not an event, not a note."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from apps.actors.actor import Actor
from apps.automation import queue
from apps.automation.functions import services
from apps.core.errors import Conflict
from apps.tasks.models import Task
from apps.tasks.services import add_note, hand_over

from .conftest import MakeTask

Lease = dict[str, Any]
ERROR = {"name": "boom"}
ITEMS: dict[str, Callable[[Actor, Lease], dict[str, Any]]] = {
    "heartbeat": lambda me, lease: queue.heartbeat(me, {"leases": [{**lease, "progress": {"percent": 99}}]}),
    "complete plainly": lambda me, lease: queue.complete(me, {"results": [{**lease, "result": 1}]}),
    "complete": lambda me, lease: queue.complete(me, {"results": [{**lease, "result": 1, "note": "done"}]}),
    "complete with values": lambda me, lease: queue.complete(me, {"results": [{**lease, "fields": {"rows": 1}}]}),
    "fail": lambda me, lease: queue.fail(me, {"failures": [{**lease, "error": ERROR, "note": "broke"}]}),
    "release": lambda me, lease: queue.release(me, {"leases": [lease]}),
    "confirm": lambda me, lease: queue.confirm_cancel(me, {"leases": [{**lease, "note": "stopped"}]}),
}
CALLS: dict[str, Callable[[Actor, Lease], Any]] = {
    "note": lambda me, lease: add_note(me, lease["task"], text="late", kind="work_note", lease_token=lease["token"]),
    "hand over": lambda me, lease: hand_over(
        me, lease["task"], {"key": "late", "to": "user:owner", "lease_token": lease["token"]}
    ),
}


def claim(actor: Actor) -> Lease:
    (task,) = queue.claim(actor, {"functions": ["copy"]})["tasks"]
    return {"task": task["id"], "token": task["lease"]["token"]}


@pytest.fixture
def lost(make_task: MakeTask, application_actor: Actor) -> Lease:
    """A lease that ended; the task was retried and somebody else has completed it."""
    services.put_function(application_actor, "copy", {"retry_policy": {"enabled": True, "delays": [0.1]}})
    make_task()
    lease = claim(application_actor)
    Task.objects.filter(pk=lease["task"]).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    queue.sweep()
    Task.objects.filter(status="new").update(queued=True)
    assert queue.complete(application_actor, {"results": [claim(application_actor)]})["results"][0]["ok"]
    return lease


@pytest.fixture
def repeated(make_task: MakeTask, application_actor: Actor) -> Lease:
    """A lease of a task that is in the same status again, under the lease of another worker."""
    make_task()
    lease = claim(application_actor)
    queue.release(application_actor, {"leases": [lease]})
    claim(application_actor)
    return lease


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables but those of sessions and the like."""
    names = [name for name in connection.introspection.table_names() if name.startswith(("tasks_", "events_", "notif"))]
    found = {}
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f'SELECT * FROM "{name}"')
            found[name] = sorted(map(repr, cursor.fetchall()))
    return found


@pytest.mark.parametrize("state", ["lost", "repeated"])
@pytest.mark.parametrize("what", ITEMS)
def test_outcome_of_an_old_lease_leaves_no_trace(
    what: str, state: str, application_actor: Actor, request: pytest.FixtureRequest
) -> None:
    lease = request.getfixturevalue(state)
    before = everything()
    (result,) = ITEMS[what](application_actor, lease)["results"]
    if (what, state) == ("release", "repeated"):  # its own outcome, said again
        assert result["status"] == 200
    else:
        assert (result["status"], result["code"]) == (409, "lease_superseded")
    assert everything() == before


@pytest.mark.parametrize("state", ["lost", "repeated"])
@pytest.mark.parametrize("what", CALLS)
def test_call_with_an_old_lease_leaves_no_trace(
    what: str, state: str, application_actor: Actor, owner: Any, request: pytest.FixtureRequest
) -> None:
    lease = request.getfixturevalue(state)
    before = everything()
    with pytest.raises(Conflict):
        CALLS[what](application_actor, lease)
    assert everything() == before
