"""The machine: the same call on the system and on the model, and after each the two must be equal.

The simulated clock: a unit is 100 s, and time passes by moving every due time of the database into the past. So the
system runs with the clocks that it has, and the seconds that a run takes count for nothing.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from apps.actors.actor import Actor
from apps.automation import queue
from apps.automation.functions import services
from apps.automation.models import Claim
from apps.automation.queue import failure, sweeper
from apps.core.errors import Conflict
from apps.core.sql.prepared import Prepared
from apps.tasks import services as tasks
from apps.tasks.models import OPEN_STATES, Handover, Task

from . import model

UNIT = 100
MOST_TASKS = 8
FUNCTIONS = {
    "plain": model.Function(),
    "retried": model.Function(delays=(1, 3), max_retries=2, errors=("slow", "zombieTaskCleaned")),
    "limited": model.Function(time_limit=2, at_once=1),
    "watched": model.Function(delays=(0,), max_retries=1, person=True, unclaimed_after=4),
}
DUE = {
    Task: ("start_at", "lease_expires_at", "lease_deadline", "failover_at"),
    Handover: ("due_at",),
    Claim: ("created_at",),
}
COLUMNS = ("status", "queued", "cancel_requested", "lease_token", "delivery", "retry_for_task_ids",
    "retried_by_task_id", "start_at", "lease_expires_at", "failover_at")  # fmt: skip
"""What is compared after every step; asked for without compiling the question each time."""
SEEN = Prepared(lambda: Task.objects.only(*COLUMNS).order_by())
ASKED = Prepared(lambda: Handover.objects.filter(state__in=OPEN_STATES).only("task_id").order_by())
which = st.integers(0, 1000)
names = st.sampled_from(["retried", "watched", "limited", "plain"])
some = st.sampled_from([[*FUNCTIONS]] * 2) | st.lists(names, min_size=1, unique=True)


def push(actor: Actor) -> None:
    """The functions as the system has them."""
    for name, said in FUNCTIONS.items():
        policy = {"enabled": bool(said.max_retries), "max_retries": said.max_retries, "errors_to_retry": said.errors}
        if said.delays:
            policy["delays"] = [delay * UNIT for delay in said.delays]
        person = {"to": "user:member", "after": said.unclaimed_after and said.unclaimed_after * UNIT}
        limit = said.time_limit and said.time_limit * UNIT
        body = {"time_limit": limit, "max_concurrency": said.at_once, "failover": person if said.person else None}
        policy["errors_to_retry"] = list(said.errors)
        services.put_function(actor, name, {**body, "retry_policy": policy})


class Lifecycle(RuleBasedStateMachine):
    """`cast` is set by the test: application, member, container."""

    application: Actor
    member: Actor
    container: str
    sequences = 0
    steps = 0
    edges: ClassVar[Counter[tuple[str, str]]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.model = model.Model(FUNCTIONS)
        self.ids: list[UUID] = []
        self.leases: list[tuple[int, str]] = []
        self.asked: dict[UUID, Any] = {}
        self.before: list[str] = []
        type(self).sequences += 1

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    # --- The queue --------------------------------------------------------------------------------------

    @initialize(functions=st.lists(names, min_size=2, max_size=4))
    def begin(self, functions: list[str]) -> None:
        for function in functions:
            self.create(function, 0, 0)

    @precondition(lambda self: len(self.ids) < MOST_TASKS)
    @rule(function=st.none() | names, priority=st.integers(-1, 1), wait=st.sampled_from([0, 0, 1, 3]))
    def create(self, function: str | None, priority: int, wait: int) -> None:
        body = {"container": self.container, "type": "copy", "title": "T", "function": function, "priority": priority}
        start = timezone.now() + timedelta(seconds=wait * UNIT)
        task, _ = tasks.create_task(self.application, {**body, "start_at": start} if wait else body)
        self.model.create(function, priority, wait)
        self.ids.append(task.pk)

    @rule(functions=some, most=st.integers(1, 3), seconds=st.sampled_from([1, 3]))
    def claim(self, functions: list[str], most: int, seconds: int) -> None:
        self._claim(uuid4(), (functions, most, seconds))

    @precondition(lambda self: self.asked)
    @rule(which=which)
    def claim_again(self, which: int) -> None:
        id = list(self.asked)[which % len(self.asked)]
        self._claim(id, self.asked[id])

    def _claim(self, id: UUID, asked: Any) -> None:
        functions, most, seconds = self.asked[id] = asked
        sweeper.promote()
        self.model.promote()
        body = {"claim_id": str(id), "functions": functions, "max": most, "lease_seconds": seconds * UNIT}
        got = queue.claim(self.application, body)["tasks"]
        expected = self.model.claim(id, tuple(functions), most, seconds)
        assert [UUID(task["id"]) for task in got] == [self.ids[task.number] for task in expected]
        for answered, task in zip(got, expected, strict=True):
            token = answered["lease"]["token"]
            assert task.lease in (None, token)
            if task.lease is None:
                task.lease = token
                self.leases.append((task.number, token))
                self.model.claims[id].leases.append((task.number, token))

    @precondition(lambda self: self.leases)
    @rule(which=which, seconds=st.sampled_from([1, 5]))
    def heartbeat(self, which: int, seconds: int) -> None:
        number, token = self._lease(which)
        (got,) = queue.heartbeat(
            self.application, {"leases": [self._named(number, token, extend_seconds=seconds * UNIT)]}
        )["results"]
        answer = got["directive"] if got["ok"] else got["code"].removeprefix("lease_")
        assert answer == self.model.heartbeat(self.model.tasks[number], token, seconds)

    @precondition(lambda self: self.leases)
    @rule(which=which, result=st.sampled_from([1, 2]))
    def complete(self, which: int, result: int) -> None:
        self._report(which, queue.complete, "results", {"result": result}, "complete", result)

    @precondition(lambda self: self.leases)
    @rule(which=which, name=st.sampled_from(["slow", "slow", "full"]), recoverable=st.sampled_from([True, True, False]))
    def fail(self, which: int, name: str, recoverable: bool) -> None:
        error = {"name": name, "recoverable": recoverable}
        self._report(which, queue.fail, "failures", {"error": error}, "fail", name, recoverable)

    @precondition(lambda self: self.leases)
    @rule(which=which, wait=st.sampled_from([None, None, 2]))
    def release(self, which: int, wait: int | None) -> None:
        # A moment is said once: the same outcome again names the same one.
        number, token = self._lease(which)
        outcome = self.model.tasks[number].outcome
        if wait is not None and outcome and outcome[0] == token:
            return
        start = wait and (timezone.now() + timedelta(seconds=wait * UNIT)).isoformat()
        self._report(which, queue.release, "leases", {"start_at": start}, "release", wait)

    @precondition(lambda self: self.leases)
    @rule(which=which)
    def confirm(self, which: int) -> None:
        self._report(which, queue.confirm_cancel, "leases", {}, "confirm")

    def _report(self, which: int, call: Any, key: str, body: dict[str, Any], what: str, *said: object) -> None:
        number, token = self._lease(which)
        (got,) = call(self.application, {key: [self._named(number, token, **body)]})["results"]
        code = (got["code"] or "done").removeprefix("lease_").replace("conflict", "refused")
        assert code == self.model.outcome(self.model.tasks[number], token, what, *said)

    def _lease(self, which: int) -> tuple[int, str]:
        """Mostly one that is current, often one that is not."""
        current = [lease for lease in self.leases if self.model.tasks[lease[0]].lease == lease[1]]
        among = current if current and which % 3 else self.leases
        return among[which % len(among)]

    def _named(self, number: int, token: str, **more: Any) -> dict[str, Any]:
        return {"task": str(self.ids[number]), "token": token, **more}

    # --- People and the application ----------------------------------------------------------------------

    @precondition(lambda self: self.ids)
    @rule(
        which=which,
        held=st.booleans(),
        by=st.none() | st.sampled_from([1, 3]),
        unanswered=st.sampled_from(["return", "fail"]),
    )
    def hand_over(self, which: int, held: bool, by: int | None, unanswered: str) -> None:
        task = self._task(which)
        tokens = [token for number, token in self.leases if number == task.number]
        token = tokens[which % len(tokens)] if held and tokens else None
        body: dict[str, Any] = {
            "to": "user:member",
            "actions": ["complete", "return", "skip", "fail", "cancel"],
            "lease_token": token,
        }
        if by is not None:
            due = timezone.now() + timedelta(seconds=by * UNIT)
            body |= {"due_at": due.isoformat(), "on_timeout": {"do": unanswered}}
        done = self._done(tasks.hand_over, self.application, self.ids[task.number], body)
        assert done == self.model.hand_over(
            self._newest(task), token, None if by is None else self.model.now + by, unanswered
        )

    @precondition(lambda self: self.ids)
    @rule(which=which, action=st.sampled_from(["complete", "return", "skip", "fail", "cancel", "withdraw", "decline"]))
    def answer(self, which: int, action: str) -> None:
        task = self._task(which)
        handover = Handover.objects.filter(task=self.ids[task.number]).order_by("-created_at").first()
        if handover is None:
            assert not task.asked
        elif action == "withdraw":
            assert self._done(tasks.withdraw_handover, self.application, handover.pk) == self.model.answer(task, action)
        elif action == "decline":
            assert self._done(tasks.decline_handover, self.member, handover.pk) == self.model.answer(task, action)
        else:
            done = self._done(tasks.submit_handover, self.member, handover.pk, action=action, comment="So.")
            assert done == self.model.answer(task, action)

    @precondition(lambda self: self.ids)
    @rule(which=which)
    def take_over(self, which: int) -> None:
        task = self._task(which)
        assert self._done(tasks.take_over, self.member, self.ids[task.number]) == self.model.take_over(
            self._newest(task)
        )

    @precondition(lambda self: self.ids)
    @rule(which=which, by_application=st.booleans())
    def cancel(self, which: int, by_application: bool) -> None:
        task, who = self._task(which), self.application if by_application else self.member
        done = self._done(tasks.cancel_task, who, self.ids[task.number])
        assert done == self.model.cancel(self._newest(task), by_application=by_application)

    @precondition(lambda self: self.ids)
    @rule(which=which)
    def start(self, which: int) -> None:
        task = self._task(which)
        assert self._done(tasks.start_task, self.application, self.ids[task.number]) == self.model.start(
            self._newest(task)
        )

    @precondition(lambda self: self.ids)
    @rule(which=which, what=st.sampled_from(["complete", "fail"]))
    def end(self, which: int, what: str) -> None:
        task = self._task(which)
        id = self.ids[task.number]
        if what == "complete":
            done = self._done(tasks.complete_task, self.application, id)
        else:
            done = self._done(failure.fail_task, self.application, id, error={"name": "slow"})
        assert done == self.model.end(self._newest(task), what)

    @precondition(lambda self: self.ids)
    @rule(which=which, what=st.sampled_from(["retry", "reopen"]))
    def again(self, which: int, what: str) -> None:
        task = self._task(which)
        call = tasks.retry_task if what == "retry" else tasks.reopen_task
        assert self._done(call, self.member, self.ids[task.number]) == getattr(self.model, what)(task)

    def _task(self, which: int) -> model.Task:
        return self.model.tasks[which % len(self.model.tasks)]

    def _newest(self, task: model.Task) -> model.Task:
        """What stands in the place of the task: a write to an attempt changes it."""
        while task.successor is not None:
            task = self.model.tasks[task.successor]
        return task

    def _done(self, call: Any, actor: Actor, id: UUID, *args: Any, **more: Any) -> bool:
        try:
            call(actor, str(id), *args, **more)
        except Conflict:
            return False
        return True

    # --- Time ---------------------------------------------------------------------------------------------

    @rule()
    def sweep(self) -> None:
        queue.sweep()
        self.model.sweep()

    @rule(units=st.integers(1, 3))
    def advance(self, units: int) -> None:
        self.model.now += units
        passed = timedelta(seconds=units * UNIT)
        for table, columns in DUE.items():
            table.objects.update(**{column: F(column) - passed for column in columns})

    # --- After every step -----------------------------------------------------------------------------------

    @invariant()
    def are_equal(self) -> None:
        type(self).steps += 1
        rows = {task.pk: task for task in SEEN.rows()}
        self._meet_successors(rows)
        asked = {handover.task_id for handover in ASKED.rows()}
        now = timezone.now()
        system = [self._seen(rows[id], id in asked, now) for id in self.ids]
        assert system == [self._expected(task) for task in self.model.tasks]
        assert len(rows) == len(self.ids)
        after = [task.status for task in self.model.tasks]
        self.edges.update(pair for pair in zip(self.before, after, strict=False) if pair[0] != pair[1])
        self.before = after

    def _meet_successors(self, rows: dict[UUID, Task]) -> None:
        """What retries made, in the order in which the model made it."""
        for task in sorted(self.model.tasks, key=lambda task: task.successor or 0):
            if task.successor == len(self.ids):
                successor = rows[self.ids[task.number]].retried_by_task_id
                assert successor in rows
                self.ids.append(successor)

    def _seen(self, task: Task, asked: bool, now: datetime) -> dict[str, Any]:
        def units(moment: datetime | None) -> int | None:
            return None if moment is None else round((moment - now).total_seconds() / UNIT) + self.model.now

        return {
            "status": task.status, "queued": task.queued, "cancel": task.cancel_requested, "leased": task.is_leased,
            "deliveries": task.delivery, "attempts": [UUID(id) for id in task.retry_for_task_ids],
            "successor": task.retried_by_task_id, "asked": asked, "start": units(task.start_at),
            "ends": units(task.lease_expires_at), "to_person_at": units(task.failover_at),
        }  # fmt: skip

    def _expected(self, task: model.Task) -> dict[str, Any]:
        return {
            "status": task.status, "queued": task.queued, "cancel": task.cancel, "leased": task.lease is not None,
            "deliveries": task.deliveries, "attempts": [self.ids[number] for number in task.attempts],
            "successor": None if task.successor is None else self.ids[task.successor], "asked": task.asked,
            "start": task.start[0], "ends": task.ends, "to_person_at": task.to_person_at,
        }  # fmt: skip
