"""Workers that break a rule are told which, and with what: one bad habit at a time, over plain HTTP."""

import contextlib
import time
import uuid

import httpx2
import pytest

from .conftest import FUNCTION

pytestmark = [pytest.mark.processes, pytest.mark.own_servers]

QUIET = "seed=1,patience=1,lose=0,double=0,take=0,cancel=0"
CLAIM = "repeats a claim whose answer was lost under the same claim_id, word for word"
OUTCOME = "repeats an outcome whose answer was lost with the same token and body"
STOP = "stops writing once it was answered lease_superseded"
CANCEL = "confirms a cancel, or ends the task, after the directive"
BEAT = "keeps leases by heartbeats before they end"
DRAIN = "leaves no lease behind when it ends"


class Careless:
    """A worker by hand. A lost answer is None to it."""

    def __init__(self, hub):
        self.http = httpx2.Client(
            base_url=f"{hub.url}/api/v1", headers={"Authorization": f"Bearer {hub.key}"}, trust_env=False, timeout=60
        )

    def call(self, action, body):
        with contextlib.suppress(httpx2.TransportError):
            return self.http.post(f"/queue/{action}", json=body).json()

    def claim(self, **more):
        body = {"worker": "careless", "functions": [FUNCTION], "claim_id": str(uuid.uuid4()), **more}
        answer = self.call("claim", body)
        return answer["tasks"][0] if answer else None

    def say(self, action, task, **said):
        name = {"complete": "results", "fail": "failures"}.get(action, "leases")
        answer = self.call(action, {name: [{"task": task["id"], "token": task["lease"]["token"], **said}]})
        return answer["results"][0] if answer else None


@pytest.fixture
def careless(hub):
    def start(plan, tasks=1):
        hub.rehearse(f"{QUIET},{plan}", short=tasks)
        return Careless(hub)

    return start


def wait_beyond(seconds):
    """The kit gives a worker so much time before it speaks of `never`: time itself is what is tested here."""
    time.sleep(seconds)


def test_claim_that_is_never_repeated(hub, careless):
    worker = careless("lose=0.01", tasks=2)
    assert worker.claim() is None
    worker.say("complete", worker.claim())
    wait_beyond(2)
    status, verdicts, report = hub.conclude()
    assert (status, verdicts[CLAIM]) == (1, "broken"), report
    assert "never repeated claim" in report


def test_claim_without_an_id(hub, careless):
    worker = careless("lose=0.01")
    assert worker.claim(claim_id=None) is None
    assert hub.conclude()[1][CLAIM] == "broken"


def test_other_outcome_in_the_place_of_a_lost_one(hub, careless):
    worker = careless("lose=0.01")
    body = {"worker": "careless", "functions": [FUNCTION], "claim_id": str(uuid.uuid4())}
    assert worker.call("claim", body) is None
    task = worker.call("claim", body)["tasks"][0]
    assert worker.say("complete", task, result=1) is None
    assert worker.say("complete", task, result=2)["code"] == "lease_superseded"
    status, verdicts, report = hub.conclude()
    assert (status, verdicts[CLAIM], verdicts[OUTCOME]) == (1, "kept", "broken"), report


def test_writing_on_after_the_lease_was_lost(hub, careless):
    worker = careless("take=0.01")
    task = worker.claim()
    assert worker.say("heartbeat", task)["code"] == "lease_superseded"
    wait_beyond(2)
    assert worker.say("complete", task)["code"] == "lease_superseded"
    status, verdicts, report = hub.conclude()
    assert (status, verdicts[STOP]) == (1, "broken"), report
    assert "complete 2" in report


def test_cancel_and_heartbeats_that_are_forgotten(hub, careless):
    """Told to cancel, it goes on, lets its lease end, and is found out at its next word."""
    worker = careless("cancel=0.01")
    task = worker.claim()
    assert worker.say("heartbeat", task, extend_seconds=2)["directive"] == "cancel"
    wait_beyond(5)
    worker.say("complete", task)
    status, verdicts, report = hub.conclude()
    assert (status, verdicts[BEAT]) == (1, "broken"), report
    assert verdicts[CANCEL] == "broken"


def test_lease_that_is_left_behind(hub, careless):
    worker = careless("lose=0")
    assert worker.say("heartbeat", worker.claim(), extend_seconds=1)["ok"]
    wait_beyond(3)
    status, verdicts, report = hub.conclude()
    assert (status, verdicts[DRAIN]) == (1, "broken"), report
    assert "to expire" in report


def test_worker_that_does_nothing_is_not_praised(hub, careless):
    careless("lose=0.5")
    status, verdicts, _ = hub.conclude()
    assert (status, set(verdicts.values())) == (2, {"not seen"})
