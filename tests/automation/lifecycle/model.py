"""The reference: what the domain says of statuses, queue, leases, failures and handovers, in memory and whole units.

Written from the domain alone. A method answers whether the call must be accepted, or what it must answer. `now` is
the simulated time, `step` puts in order what happens at one time.
"""

from dataclasses import dataclass, field

LIVE = ("new", "in_progress", "handed_over")
REPEATABLE = 3


@dataclass(frozen=True)
class Function:
    """How tasks of it are run; times in units."""

    delays: tuple[int, ...] = ()
    max_retries: int = 0
    errors: tuple[str, ...] = ()
    time_limit: int | None = None
    at_once: int | None = None
    person: bool = False
    unclaimed_after: int | None = None


@dataclass
class Task:
    number: int
    function: str | None
    priority: int
    start: tuple[int, int]
    attempts: tuple[int, ...] = ()
    forgiven: int = 0
    status: str = "new"
    queued: bool = False
    to_person_at: int | None = None
    lease: object = None
    ends: int | None = None
    deadline: int | None = None
    deliveries: int = 0
    cancel: bool = False
    outcome: tuple[object, ...] | None = None
    successor: int | None = None
    asked: bool = False
    answer_by: int | None = None
    unanswered: str | None = None


@dataclass
class Claim:
    asked: tuple[object, ...]
    at: int
    leases: list[tuple[int, object]] = field(default_factory=list)


@dataclass
class Model:
    functions: dict[str, Function]
    tasks: list[Task] = field(default_factory=list)
    claims: dict[object, Claim] = field(default_factory=dict)
    now: int = 0
    step: int = 0

    # --- Moves ---------------------------------------------------------------------------------------

    def put(self, task: Task, status: str) -> None:
        """Every change of status ends lease, request to cancel and handover, and decides about the queue."""
        task.status, task.lease, task.ends, task.deadline, task.cancel = status, None, None, None, False
        task.asked, task.answer_by, task.unanswered = False, None, None
        task.queued, task.to_person_at = False, None
        if status == "new" and task.function and task.start[0] <= self.now:
            self.enqueue(task)

    def moment(self, wait: int) -> tuple[int, int]:
        self.step += 1
        return self.now + wait, self.step

    def enqueue(self, task: Task) -> None:
        after = self.functions[str(task.function)].unclaimed_after
        task.queued, task.to_person_at = True, None if after is None else self.now + after

    def create(self, function: str | None, priority: int, wait: int, attempts: tuple[int, ...] = ()) -> Task:
        task = Task(len(self.tasks), function, priority, self.moment(wait), attempts)
        self.tasks.append(task)
        self.put(task, "new")
        return task

    def replace(self, task: Task, wait: int, forgiven: int) -> None:
        newest = self.create(task.function, task.priority, wait, (*task.attempts, task.number))
        newest.forgiven, task.successor = forgiven, newest.number
        self.put(task, "retried")

    def ask(self, task: Task, *, by: int | None = None, unanswered: str | None = None) -> None:
        self.put(task, "handed_over")
        task.asked, task.answer_by, task.unanswered = True, by, unanswered

    def give_back(self, task: Task) -> None:
        task.forgiven = len(task.attempts)
        self.put(task, "new" if task.function else "in_progress")

    # --- The queue ------------------------------------------------------------------------------------

    def promote(self) -> None:
        for task in self.tasks:
            if task.status == "new" and task.function and not task.queued and task.start[0] <= self.now:
                self.enqueue(task)

    def claim(self, id: object, functions: tuple[str, ...], most: int, seconds: int) -> list[Task]:
        """The tasks whose leases are answered; those just claimed have no lease yet."""
        known, asked = self.claims.get(id), (functions, most, seconds)
        if known and self.now - known.at < REPEATABLE:
            held = [self.tasks[number] for number, lease in known.leases if self.tasks[number].lease == lease]
            return sorted(held, key=self.order)
        found: list[Task] = []
        for name in functions:
            ready = sorted((task for task in self.tasks if task.queued and task.function == name), key=self.order)
            room, limit = most, self.functions[name].at_once
            if limit is not None:
                room = limit - sum(task.lease is not None for task in self.tasks if task.function == name)
            found += ready[: max(room, 0)]
        found = sorted(found, key=self.order)[:most]
        for task in found:
            self.put(task, "in_progress")
            limit = self.functions[str(task.function)].time_limit
            task.deadline = None if limit is None else self.now + limit
            task.ends, task.deliveries = self.earlier(self.now + seconds, task.deadline), task.deliveries + 1
        if found:
            self.claims[id] = Claim(asked, self.now, known.leases if known else [])
        return found

    @staticmethod
    def order(task: Task) -> tuple[object, ...]:
        return (-task.priority, task.start)

    @staticmethod
    def earlier(moment: int, limit: int | None) -> int:
        return moment if limit is None else min(moment, limit)

    def heartbeat(self, task: Task, lease: object, seconds: int) -> str:
        if task.lease != lease:
            return "superseded"
        late = task.deadline is not None and task.deadline <= self.now
        task.ends = self.earlier(self.now + seconds, task.deadline)
        return "cancel" if task.cancel else "abort" if late else "continue"

    def outcome(self, task: Task, lease: object, what: str, *said: object) -> str:
        """What a worker reports: complete, fail, release, confirm."""
        if task.lease != lease:
            return "done" if task.outcome == (lease, what, *said) else "superseded"
        if what == "confirm" and not task.cancel:
            return "refused"
        if what == "complete":
            self.put(task, "complete")
        elif what == "fail":
            self.fail(task, str(said[0]), recoverable=bool(said[1]))
        elif what == "confirm" or task.cancel:
            self.put(task, "canceled")
        else:
            task.start = task.start if said[0] is None else self.moment(int(str(said[0])))
            self.put(task, "new")
        task.outcome = (lease, what, *said)
        return "done"

    def fail(self, task: Task, name: str, *, recoverable: bool, retry: bool = True) -> None:
        function = self.functions[task.function] if task.function else Function()
        retries = len(task.attempts) - task.forgiven
        named = not function.errors or name in function.errors
        if task.cancel:
            self.put(task, "canceled")
        elif retry and recoverable and named and retries < function.max_retries:
            self.replace(task, function.delays[min(retries, len(function.delays) - 1)], task.forgiven)
        elif function.person:
            self.ask(task)
        else:
            self.put(task, "failed")

    def sweep(self) -> None:
        self.promote()
        for task in list(self.tasks):
            if task.lease is not None and task.ends is not None and task.ends <= self.now:
                self.fail(task, "zombieTaskCleaned", recoverable=True)
            elif task.to_person_at is not None and task.to_person_at <= self.now:
                self.ask(task)
            elif task.answer_by is not None and task.answer_by <= self.now:
                self.put(task, "failed") if task.unanswered == "fail" else self.give_back(task)

    # --- People and the application ------------------------------------------------------------------

    def hand_over(self, task: Task, lease: object, by: int | None, unanswered: str | None) -> bool:
        fits = task.lease == lease and not (lease and task.cancel) and task.status in ("new", "in_progress")
        if fits:
            self.ask(task, by=by, unanswered=unanswered)
        return fits

    def answer(self, task: Task, action: str) -> bool:
        """An action of a handover, or its end without one (withdrawn, declined: `return`)."""
        if not task.asked:
            return False
        ends = {"complete": "complete", "fail": "failed", "cancel": "canceled", "skip": "canceled"}
        self.put(task, ends[action]) if action in ends else self.give_back(task)
        return True

    def take_over(self, task: Task) -> bool:
        fits = task.status in ("new", "in_progress")
        if fits:
            self.ask(task)
        return fits

    def cancel(self, task: Task, *, by_application: bool) -> bool:
        if task.status not in LIVE:
            return False
        if task.status == "in_progress" and (task.lease is not None or not by_application):
            task.cancel = True
        else:
            self.put(task, "canceled")
        return True

    def start(self, task: Task) -> bool:
        fits = task.status == "new" and task.start[0] <= self.now
        if fits:
            self.put(task, "in_progress")
        return fits

    def end(self, task: Task, what: str) -> bool:
        """Completed or failed by its application, without a lease."""
        fits = task.lease is None and task.status in ("new", "in_progress")
        if fits and what == "complete":
            self.put(task, "complete")
        elif fits:
            self.fail(task, "slow", recoverable=True, retry=task.status == "in_progress")
        return fits

    def retry(self, task: Task) -> bool:
        fits = task.status == "failed"
        if fits:
            self.replace(task, 0, len(task.attempts) + 1)
        return fits

    def reopen(self, task: Task) -> bool:
        fits = task.status in ("complete", "failed", "canceled")
        if fits:
            task.forgiven = len(task.attempts)
            self.put(task, "new")
        return fits
