"""An upgrade as operators make it: the release before goes on serving while the schema and then the servers move on."""

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.person import Person
from tests.servers import ROOT, Server, wait_until

from .checker import rows
from .infrastructure import Postgres
from .releases import unpack_release_before

pytestmark = [pytest.mark.processes, pytest.mark.own_servers]

Json = dict[str, Any]
SCHEMA: Json = {
    "type": "object",
    "properties": {
        "amount": {"type": "integer"},
        "approved": {"type": "boolean", "x-taskhub": {"write": ["contributor"]}},
        "pin": {"type": "string", "x-taskhub": {"secret": True, "read": ["manager"]}},
    },
}
TYPE: Json = {
    "title": "Payment",
    "schema": SCHEMA,
    "stages": [
        {"name": "open", "title": "Open", "category": "todo", "status": "new"},
        {"name": "paid", "title": "Paid", "category": "done", "status": "complete"},
    ],
    "function": "pay",
    "failover": {"to": "team:desk"},
}
LATE: Json = {"on": "task.failed", "actions": [{"do": "add_note", "text": "It failed.", "kind": "comment"}]}
MANIFEST: Json = {
    "functions": {"pay": {"lease_seconds": 600}, "count": {"lease_seconds": 600}},
    "containers": {
        "payments": {
            "title": "Payments",
            "everyone": "viewer",
            "members": {"team:desk": "contributor"},
            "types": {"payment": TYPE, "plain": {"title": "Plain", "function": "count"}},
            "rules": {"late": LATE},
        }
    },
}
ASK: Json = {
    "to": "team:desk",
    "title": "May it be paid?",
    "fields": [{"name": "approved", "required": True}],
    "actions": [{"name": "yes", "effect": "return"}],
}


class Release(Server):
    """A server of one release, and somebody who is signed in to it."""

    person: Person

    def answer(self, task: str) -> None:
        """Somebody of the team approves."""
        (asked,) = [row for row in self.person.inbox() if row["task"] == task]
        self.person.answer(asked, "yes", approved=True)


class Before(Release):
    """A server of the release before."""

    NAME = "before"


class Now(Release):
    """A server of this release."""

    NAME = "now"


class Caller:
    """The application that pays, by its key; it calls whichever server it is told to."""

    def __init__(self, key: str) -> None:
        self.http = httpx2.Client(trust_env=False, timeout=60, headers={"Authorization": f"Bearer {key}"})

    def call(self, at: Server, method: str, path: str, body: Any = None) -> Any:
        answer = self.http.request(method, f"{at.url}/api/v1{path}", json=body)
        assert answer.is_success, f"{at.NAME}: {method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def create(self, at: Server, kind: str = "payment", **more: Any) -> str:
        body = {"container": "payments", "type": kind, "title": "Pay", **more}
        return str(self.call(at, "POST", "/tasks", body)["id"])

    def claim(self, at: Server, task: str, function: str = "pay") -> Json:
        """The task with its lease. Nothing else of the function is ready."""
        (claimed,) = self.call(at, "POST", "/queue/claim", {"functions": [function], "max": 1, "wait": 20})["tasks"]
        assert claimed["id"] == task
        return dict(claimed)

    def ask(self, at: Server, claimed: Json) -> str:
        body = {**ASK, "lease_token": claimed["lease"]["token"]}
        return str(self.call(at, "POST", f"/tasks/{claimed['id']}/hand-over", body)["id"])

    def report(self, at: Server, outcome: str, under: str, claimed: Json, **more: Any) -> None:
        item = {"task": claimed["id"], "token": claimed["lease"]["token"], **more}
        (result,) = self.call(at, "POST", f"/queue/{outcome}", {under: [item]})["results"]
        assert result["ok"], f"{at.NAME}: {result}"

    def complete(self, at: Server, claimed: Json) -> None:
        self.report(at, "complete", "results", claimed, result={"paid": True}, fields={"amount": 3})

    def fail(self, at: Server, claimed: Json) -> None:
        self.report(at, "fail", "failures", claimed, error={"name": "broken", "recoverable": False})

    def status(self, at: Server, task: str) -> str:
        return str(self.call(at, "GET", f"/tasks/{task}")["status"])

    def whole_job(self, one: Release, other: Release) -> None:
        """From creating to completing, with a question to a person: no step at the server that made the one before."""
        task = self.create(one, fields={"amount": 1, "pin": "1234"})
        self.ask(one, self.claim(other, task))
        other.answer(task)
        claimed = self.claim(one, task)
        assert claimed["answers"]
        self.report(other, "heartbeat", "leases", claimed, checkpoint={"at": 1})
        self.complete(one, claimed)
        assert self.status(one, task) == self.status(other, task) == "complete"
        note = {"text": "Well done.", "kind": "comment"}
        self.call(one, "POST", f"/tasks/{task}/notes", note)
        events = [self.call(server, "GET", f"/tasks/{task}/events")["results"] for server in (one, other)]
        assert [event["id"] for event in events[0]] == [event["id"] for event in events[1]]
        plain = self.create(one, "plain")
        self.fail(one, self.claim(other, plain, "count"))
        assert self.status(other, plain) == "failed"


@pytest.fixture(params=[pytest.param("sqlite", marks=pytest.mark.long), "postgresql"])
def url(tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """An empty database of each kind, whatever the suite runs on."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'taskhub.sqlite3'}"
    postgres: Postgres = request.getfixturevalue("postgres")
    return postgres.make_database("taskhub")


@pytest.fixture
def before(tmp_path: Path, url: str) -> Iterator[Before]:
    source = unpack_release_before(tmp_path / "before")
    with Before(tmp_path, database=url, source=source) as server:
        yield server


@pytest.fixture
def now(tmp_path: Path, before: Before) -> Iterator[Now]:
    """On the same database, directory and keys."""
    with Now(tmp_path, database=before.database, SECRET_KEY=before.environment["SECRET_KEY"]) as server:
        yield server


def test_upgrade_while_the_release_before_serves(before: Before, now: Now) -> None:
    caller = fill(before)
    old = make_tasks(caller, before)

    now.migrate()
    caller.whole_job(before, before)  # its background runs on

    now.serve()
    now.person = Person(now, "ana", session=before.person.session)  # people stay signed in
    assert_same_lists(caller, before, now)
    caller.whole_job(before, now)
    caller.whole_job(now, before)

    assert before.stop() == 0
    assert now.stop() == 0
    now.start()  # with its background
    finish_tasks(caller, now, old)
    caller.whole_job(now, now)
    wait_until(lambda: rows(now.database, UNDONE) == [(0,)], "all events to be dispatched and numbered")

    go_back(now, before)
    before.serve()
    caller.whole_job(before, before)
    for server in (before, now):
        assert "Traceback" not in server.process.output()


UNDONE = "SELECT count(*) FROM events_event WHERE dispatched_at IS NULL OR position IS NULL"


def fill(before: Before) -> Caller:
    """People, an application with its types, and the backlog that `seed` makes; the server runs when this returns."""
    before.migrate()
    before.manage("create_team", "desk")
    before.manage("create_user", "ana", "--password-stdin", "--team", "desk", "--staff", stdin="correct horse battery")
    before.manage("seed", "--by", "ana")
    caller = Caller(before.manage("create_application", "payer"))
    before.start()
    before.person = Person(before, "ana")
    caller.call(before, "PUT", "/manifest", MANIFEST)
    return caller


def make_tasks(caller: Caller, before: Before) -> dict[str, Any]:
    """A task in each state that an upgrade may meet, by the release before."""
    held = caller.claim(before, caller.create(before))
    failing = caller.create(before)
    caller.fail(before, caller.claim(before, failing))
    asked = caller.create(before)
    caller.ask(before, caller.claim(before, asked))
    done = caller.create(before, "plain")
    caller.report(before, "complete", "results", caller.claim(before, done, "count"))
    failed = caller.create(before, "plain")
    caller.fail(before, caller.claim(before, failed, "count"))
    planned = caller.create(before, "plain", start_at="2100-01-01T00:00:00Z")
    soon = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=5)).isoformat()
    update = {"at": soon, "set": {"title": "Changed by itself"}}
    caller.call(before, "POST", f"/tasks/{planned}/scheduled-updates", update)
    return {"held": held, "failing": failing, "asked": asked, "done": done, "failed": failed, "planned": planned}


def finish_tasks(caller: Caller, now: Now, old: dict[str, Any]) -> None:
    """What the release before left is finished by this one."""
    caller.complete(now, old["held"])
    now.answer(old["asked"])
    claimed = caller.claim(now, old["asked"])
    caller.complete(now, claimed)
    assert caller.status(now, old["failing"]) == "handed_over"
    assert caller.status(now, old["done"]) == "complete"
    wait_until(lambda: caller.call(now, "GET", f"/tasks/{old['planned']}")["title"] == "Changed by itself")
    notes = caller.call(now, "GET", f"/tasks/{old['failed']}/notes")["results"]
    assert [note["text"] for note in notes] == ["It failed."]


def assert_same_lists(caller: Caller, before: Before, now: Now) -> None:
    """Both releases read the same tasks and say the same of their state."""
    lists = [caller.call(server, "GET", "/tasks?limit=200")["results"] for server in (before, now)]
    shown = [{task["key"]: (task["status"], task["stage"], task["fields"]) for task in tasks} for tasks in lists]
    assert shown[0] == shown[1]
    assert len(shown[0]) > 5


def go_back(now: Now, before: Before) -> None:
    """The migrations of this release are undone: an operator may return to the release before."""
    assert now.stop() == 0
    for app, name in leaves_of_changed_apps(before).items():
        now.manage("migrate", app, name, "--verbosity", "0")


def leaves_of_changed_apps(before: Before) -> dict[str, str]:
    """The last migration in the release before of each app that has more of them now."""
    names: dict[str, list[list[str]]] = {}
    for root in (before.source, ROOT):
        for folder in (root / "apps").glob("*/migrations"):
            names.setdefault(folder.parent.name, []).append(sorted(path.stem for path in folder.glob("0*.py")))
    return {app: old[-1] for app, (old, *new) in names.items() if new and new[0] != old}
