"""Every change of a task that must be heard is heard inside its transaction, and no event waits for the beat.

Heard must be: tasks of a run, and tasks of types with automatic transitions. The tests run in one transaction that is
never committed, so what a listener would hear of only after the commit is not heard here at all.
"""

import ast
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.utils import timezone

from apps.actors.actor import SYSTEM, Actor
from apps.automation import queue
from apps.automation.functions import services as functions
from apps.automation.queue import failure, postgresql, sql, sweeper
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.core.errors import Invalid
from apps.events import event_types, log
from apps.events.models import Event
from apps.tasks.models import Task
from apps.tasks.services import create_task
from apps.tasks.services.outcome import cancel_task

from . import listeners

LONG_AGO = timezone.now() - timedelta(days=1)
STAGES = [{"name": "asked", "status": "new"}, {"name": "begun", "status": "in_progress"}, {"name": "kept"}]
NEVER = {"name": "never", "from": ["asked"], "to": "kept", "kind": "automatic", "when": "task.title == 'never'"}
RETRIES = {"enabled": True, "max_retries": 1, "delays": [0]}
Claimed = dict[str, Any]


@pytest.fixture(autouse=True)
def heard(settings: LazySettings) -> Iterator[list[Event]]:
    """What the listener heard."""
    settings.IN_TRANSACTION = [*settings.IN_TRANSACTION, "tests.automation.listeners.hear"]
    listeners.heard.clear()
    yield listeners.heard
    listeners.heard.clear()


@pytest.fixture(params=["of a run", "with automatic transitions"])
def task(request: pytest.FixtureRequest, container: Container, application_actor: Actor, member: object) -> Task:
    """A task whose changes must be heard; its function retries once, then hands over to a person."""
    failover = {"to": "user:member", "after": 3600}
    functions.put_function(application_actor, "copy", {"retry_policy": RETRIES, "failover": failover})
    of_run = request.param == "of a run"
    put_type(application_actor, container.slug, "copy", {} if of_run else {"stages": STAGES, "transitions": [NEVER]})
    body = {"container": container.slug, "type": "copy", "title": "Copy", "function": "copy"}
    run: dict[str, Any] = {"run_id": uuid4(), "step": "first"} if of_run else {}
    return create_task(application_actor, body, **run)[0]


def claim(actor: Actor, **more: Any) -> list[Claimed]:
    found: list[Claimed] = queue.claim(actor, {"functions": ["copy"], "max": 10, **more})["tasks"]
    return found


def lease(claimed: Claimed) -> dict[str, Any]:
    return {"task": claimed["id"], "token": claimed["lease"]["token"]}


def complete(actor: Actor) -> None:
    queue.complete(actor, {"results": [{**lease(claim(actor)[0]), "result": {"rows": 1}}]})


def complete_with_a_note(actor: Actor) -> None:
    queue.complete(actor, {"results": [{**lease(claim(actor)[0]), "note": "done"}]})


def fail(actor: Actor, *, recoverable: bool = True) -> None:
    error = {"name": "broken", "recoverable": recoverable}
    queue.fail(actor, {"failures": [{**lease(claim(actor)[0]), "error": error}]})


def fail_for_good(actor: Actor) -> None:
    functions.put_function(actor, "copy", {})
    fail(actor, recoverable=False)


def fail_over(actor: Actor) -> None:
    fail(actor, recoverable=False)


def release(actor: Actor) -> None:
    queue.release(actor, {"leases": [lease(claim(actor)[0])]})


def confirm_cancel(actor: Actor) -> None:
    claimed = claim(actor)[0]
    cancel_task(actor, claimed["id"])
    queue.confirm_cancel(actor, {"leases": [lease(claimed)]})


def lose_the_lease(actor: Actor) -> None:
    claimed = claim(actor)[0]
    assert sweeper.end_lost_leases() == 0
    Task.objects.filter(pk=claimed["id"]).update(lease_expires_at=LONG_AGO)
    assert sweeper.end_lost_leases() == 1


def leave_unclaimed(_actor: Actor) -> None:
    Task.objects.update(failover_at=LONG_AGO)
    assert sweeper.hand_over_unclaimed() == 1


def fail_without_a_lease(actor: Actor) -> None:
    failure.fail_task(actor, str(Task.objects.get().pk), error={"name": "broken", "recoverable": False})


CHANGES: list[tuple[Callable[[Actor], Any], list[list[str]]]] = [
    (claim, [["new", "in_progress"]]),
    (complete, [["new", "in_progress"], ["in_progress", "complete"]]),
    (complete_with_a_note, [["new", "in_progress"], ["in_progress", "complete"]]),
    (fail, [["new", "in_progress"], ["in_progress", "retried"]]),
    (fail_for_good, [["new", "in_progress"], ["in_progress", "failed"]]),
    (fail_over, [["new", "in_progress"], ["in_progress", "handed_over"]]),
    (release, [["new", "in_progress"], ["in_progress", "new"]]),
    (confirm_cancel, [["new", "in_progress"], ["in_progress", "canceled"]]),
    (lose_the_lease, [["new", "in_progress"], ["in_progress", "retried"]]),
    (leave_unclaimed, [["new", "handed_over"]]),
    (fail_without_a_lease, [["new", "handed_over"]]),
]


@pytest.mark.parametrize(("change", "edges"), CHANGES, ids=lambda value: getattr(value, "__name__", ""))
def test_change_of_status_is_heard(
    change: Callable[[Actor], Any],
    edges: list[list[str]],
    task: Task,
    heard: list[Event],
    application_actor: Actor,
) -> None:
    heard.clear()
    change(application_actor)
    assert [event.data["changes"]["status"] for event in heard if event.type == "task.status_changed"] == edges
    recorded = Event.objects.filter(task_id__isnull=False).exclude(type=event_types.TASK_CREATED, task_id=task.pk)
    assert {event.pk for event in heard if event.task_id} == set(recorded.values_list("pk", flat=True))


def test_retried_task_stays_in_its_run(container: Container, application_actor: Actor) -> None:
    functions.put_function(application_actor, "copy", {"retry_policy": RETRIES})
    run = uuid4()
    create_task(application_actor, {"function": "copy", "title": "Copy"}, run_id=run, step="first")
    fail(application_actor)
    assert list(Task.objects.values_list("run_id", "step")) == [(run, "first")] * 2


def test_no_body_says_the_run(application_actor: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        create_task(application_actor, {"title": "Copy", "run_id": str(uuid4()), "step": "first"})
    assert {problem.pointer for problem in refused.value.errors} == {"/run_id", "/step"}


def test_event_of_a_task_is_recorded_in_a_unit_alone(task: Task) -> None:
    with pytest.raises(RuntimeError, match="unit of work"):
        log.record(type=event_types.TASK_UPDATED, actor=SYSTEM, task_id=task.pk)


# --- Beside others ----------------------------------------------------------------------------------------


def test_claim_gets_all_in_the_order_of_the_queue(task: Task, heard: list[Event], application_actor: Actor) -> None:
    """Only what must be heard goes through services; the rest of the claim stays one statement."""

    def plain(priority: int) -> str:
        body = {"title": "Plain", "function": "copy", "priority": priority}
        return str(create_task(application_actor, body)[0].pk)

    after, before = plain(-1), plain(1)
    heard.clear()
    claim_id = str(uuid4())
    claimed = claim(application_actor, claim_id=claim_id)
    assert [each["id"] for each in claimed] == [before, str(task.pk), after]
    if postgresql.is_possible():
        assert [event.task_id for event in heard] == [task.pk]
    assert [lease(each) for each in claim(application_actor, claim_id=claim_id)] == [lease(each) for each in claimed]
    results = [{**lease(each), "result": 1} for each in claimed]
    assert all(result["ok"] for result in queue.complete(application_actor, {"results": results})["results"])


def test_limit_of_concurrency_holds_with_them(task: Task, application_actor: Actor) -> None:
    create_task(application_actor, {"title": "Plain", "function": "copy"})
    functions.put_function(application_actor, "copy", {"max_concurrency": 1})
    assert [each["id"] for each in claim(application_actor)] == [str(task.pk)]
    assert claim(application_actor) == []


# --- The dispatch -----------------------------------------------------------------------------------------


def test_claim_and_completion_hint_the_dispatch(
    container: Container, application_actor: Actor, hints: list[str]
) -> None:
    functions.put_function(application_actor, "copy", {})
    create_task(application_actor, {"title": "Plain", "function": "copy"})
    hints.clear()
    (claimed,) = claim(application_actor)
    assert hints == ["events.dispatch"]
    queue.complete(application_actor, {"results": [lease(claimed)]})
    assert hints == ["events.dispatch"] * 2
    assert claim(application_actor) == []
    queue.complete(application_actor, {"results": [lease(claimed)]})
    assert hints == ["events.dispatch"] * 2


@pytest.fixture
def hints(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The jobs that were hinted, in order."""
    names: list[str] = []
    monkeypatch.setattr("apps.core.background.enqueue", lambda name, *_: names.append(name))
    return names


# --- Every statement that writes events -------------------------------------------------------------------

APPS = Path(__file__).parents[2] / "apps"
WRITERS = {"claim_statement": sql.claim_statement(["id"], most=1, repeatable=True),
           "complete_statement": sql.complete_statement()}  # fmt: skip
"""The texts that append events; the tests above run each of them. A new one is heard and hinted, and then listed."""


def test_one_fragment_of_sql_names_the_table_of_events() -> None:
    naming = [path.relative_to(APPS).as_posix() for path in APPS.rglob("*.py")
              if "events_event" in path.read_text() and "migrations" not in path.parts]  # fmt: skip
    reading = ["events/positions.py"]
    assert sorted(naming) == ["automation/queue/sql.py", *reading]
    assert [name for name, text in vars(sql).items() if "events_event" in str(text) and name.isupper()] == ["EVENT"]


def test_users_of_the_fragment_are_known() -> None:
    tree = ast.parse(Path(sql.__file__).read_text())
    functions_ = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    users = {each.name for each in functions_ if "EVENT" in {getattr(name, "id", "") for name in ast.walk(each)}}
    assert users == set(WRITERS)


@pytest.mark.parametrize("name", WRITERS)
def test_statement_leaves_what_must_be_heard_to_services(name: str) -> None:
    assert sql.HEARD in WRITERS[name]
    moved = WRITERS[name].split("moved AS (")[1].split("recorded AS")[0]
    assert f"NOT {sql.HEARD}" in moved or "NOT c.heard" in moved


@pytest.mark.parametrize("name", WRITERS)
def test_whoever_runs_the_statement_hints_the_dispatch(name: str) -> None:
    """Each function of postgresql.py that runs it calls `_hint_dispatch`; no other module makes it."""
    makers = [path for path in APPS.rglob("*.py") if f"sql.{name}(" in path.read_text()]
    assert makers == [Path(postgresql.__file__)]
    runners = [each for each in ast.walk(ast.parse(makers[0].read_text())) if isinstance(each, ast.FunctionDef)
               and f"_{name}" in {getattr(node, "id", "") for node in ast.walk(each)}]  # fmt: skip
    assert runners
    for each in runners:
        assert "_hint_dispatch" in {getattr(node, "id", "") for node in ast.walk(each)}
