"""`migration.run`: the migration itself, phase after phase.

Where it stands is a small document, stored as the checkpoint of its task in TaskHub and written after every
chunk and every phase. So it can be killed at any point: the next claim brings the checkpoint back, and every
call made since can be repeated. To wait for a person or for a time it gives its task back with a `start_at`;
what it waits for wakes it, and in case the waking is lost it looks by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from taskhub_client import Canceled, ClaimedTask, Json, Refused, Release, Task, timestamp

from . import checks, copying, questions, verifying
from .beat import beat, read_timestamp
from .config import Config
from .databases import Connection
from .pace import Pace
from .problems import ContentDiffers, ShopUnreachable
from .shop_control import ShopControl

LOOKS_AGAIN = 600.0
"""Seconds after which a waiting migration looks by itself whether it can go on."""


@dataclass
class State:
    """The checkpoint. It belongs to one pair of databases: for another one everything begins again."""

    source: str
    target: str
    phase: str = "validate"
    children: dict[str, str] = field(default_factory=dict)
    copy: Json = field(default_factory=dict)
    verify: Json = field(default_factory=dict)
    figures: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Wait:
    """The migration cannot go on before something happens, or before a time."""

    until: datetime | None = None


class Migration:
    """One claim of a migration, from the phase in its checkpoint as far as it gets."""

    def __init__(
        self,
        task: ClaimedTask,
        config: Config,
        shop: ShopControl,
        *,
        automatic: bool = False,
        pace: Pace | None = None,
    ) -> None:
        self.task, self.config, self.shop, self.automatic = task, config, shop, automatic
        self.pace = pace or Pace()
        self.state = self._state_from(task.checkpoint)

    def run(self) -> Json | None:
        """Goes on until the migration is done or has to wait; answers its figures. Raises `Problem`, `Canceled`, …"""
        if self.state.phase == "copy" and self.state.copy:
            at = "{table} after id {after:,}".format(**self.state.copy)
            self.task.work_note(f"The copy goes on from the checkpoint: {at}.")
        for phase in PHASES[PHASES.index(self.state.phase) :]:
            self.state.phase = phase
            self._save()
            wait = getattr(self, phase)()
            if wait is not None:
                self._wait(wait)
                return None
        result = self.result()
        self.task.comment(summary(result))
        return result

    # --- the phases, in order; each may be entered again after a crash -----------------------------

    def validate(self) -> None:
        """Both sides can be reached, fit and have room; the shop writes to the source."""
        with ExitStack() as sides:
            checks.validate_sides(*self._open(sides))
        checks.validate_shop(self.shop, self.state.source)
        self.state.figures["validated_at"] = _now()

    def start(self) -> Wait | None:
        """Asks for the start time, then waits for it."""
        if self.automatic:
            return None
        answered = self._ask("start")
        if answered is None:
            return Wait()
        fields = answered["fields"]
        at = fields.get("start_at") if fields.get("start") == "at" else None
        if at and read_timestamp(at) > datetime.now(UTC):
            return Wait(read_timestamp(at))
        return None

    def copy(self) -> None:
        """Copies in chunks; the position goes into the checkpoint every second and at the end."""
        with ExitStack() as sides:
            source, target = self._open(sides)
            if not self.state.copy:
                self.state.copy = copying.begin_copy(source).as_json()
                self.state.figures["copy_started_at"] = _now()
                self._save()
            self._copy_from(source, target, copying.CopyPosition(**self.state.copy))
        self.state.figures["copied_at"] = _now()

    def writes_async(self) -> Wait | None:
        """The shop is to forward what it writes."""
        return self._switched("writes-async")

    def sync(self) -> Wait | None:
        """A task of its own brings what was written meanwhile and watches the lag."""
        child = self._child("sync", self._sync_task)
        if child["status"] != "complete":
            return self._require_alive(child)
        self.state.figures |= child["result"] or {}
        return None

    def writes_sync(self) -> Wait | None:
        """The shop is to write to both sides."""
        return self._switched("writes-sync")

    def reads(self) -> Wait | None:
        """The shop is to read from the target."""
        return self._switched("reads")

    def verify(self) -> None:
        """Compares row counts and contents, while the shop goes on writing to both."""
        with ExitStack() as sides:
            source, target = self._open(sides)
            if not self.state.verify:
                self.state.verify = verifying.begin_verify(source, target).as_json()
            try:
                self._verify_from(source, target, verifying.VerifyPosition(**self.state.verify))
            except ContentDiffers:
                self.state.verify = {}  # after the fix everything is compared again
                self._save()
                raise
        self.state.figures["verified_at"] = _now()

    def result(self) -> Json:
        """The figures that the task keeps."""
        rows = self.state.verify["rows"]
        return {
            "source": self.state.source,
            "target": self.state.target,
            "rows": rows,
            "rows_total": sum(rows.values()),
            "sha256": self.state.verify["hashes"],
            "equal": True,
            **self.state.figures,
        }

    # --- copying and comparing ----------------------------------------------------------------------

    def _verify_from(self, source: Connection, target: Connection, start: verifying.VerifyPosition) -> None:
        for position in verifying.verify(source, target, start):
            self.state.verify = position.as_json()
            self._beat(f"Comparing {position.table}", percent=position.percent)

    def _copy_from(self, source: Connection, target: Connection, start: copying.CopyPosition) -> None:
        for position in copying.copy(source, target, start):
            self.state.copy = position.as_json()
            message = f"Copied {position.done:,} of {position.total:,} rows ({position.table})"
            self._beat(message, percent=position.percent)
            self.pace.rows(copying.CHUNK)
        self._save(message="Copied", percent=100)

    # --- asking -------------------------------------------------------------------------------------

    def _switched(self, name: str) -> Wait | None:
        """The shop is switched: by a person who is asked, or through the shop's control."""
        if not self.automatic:
            return Wait() if self._ask(name) is None else None
        questions.switch_shop(questions.QUESTIONS[name], self.shop, self.state.target)
        with ExitStack() as sides:
            wrong = questions.why_not_switched(name, self.shop, *self._open(sides))
        if wrong:
            raise ShopUnreachable(f"The shop was switched, but: {wrong}")
        return None

    def _ask(self, name: str) -> Task | None:
        """The answered question; None while it is open. Raises `Canceled` if it was not answered but ended."""
        ask = questions.QUESTIONS[name]
        source, target = self.state.source, self.state.target
        child = self._child(name, lambda: ask.body(self.task.document, source, target, self.config))
        if child["status"] == "complete":
            return child
        self._require_alive(child)
        return None

    def _child(self, name: str, body: Callable[[], Json]) -> Task:
        """The child task of that name, made if it is not there yet."""
        if name not in self.state.children:
            self.state.children[name] = self.task.client.create_task(body())["key"]
            self._save()
        return self.task.client.task(self.state.children[name])

    def _require_alive(self, child: Task) -> Wait:
        if child["status"] in questions.ENDED:
            raise Canceled(f"{child['title']}: {child['status']}")
        return Wait()

    def _sync_task(self) -> Json:
        source, target, key = self.state.source, self.state.target, self.task.key
        return {
            "container": questions.CONTAINER,
            "type": "sync",
            "title": f"Bring {target} up to {source}",
            "external_id": f"{key}:{source}:{target}:sync",
            "correlation_id": key,
            "parent": key,
            "data": {
                "migration": key,
                "source": source,
                "target": target,
                "after": self.state.copy["change_no"],
            },
        }

    def _wait(self, wait: Wait) -> None:
        """Gives the task back. Looks once more afterwards: the answer may have come just before."""
        self.task.finish(Release(at=wait.until) if wait.until else Release(after=LOOKS_AGAIN))
        self._show("planned" if wait.until else "asked")
        if not wait.until and self._child_has_ended():
            questions.wake(self.task.client, self.task.key)

    def _child_has_ended(self) -> bool:
        last = list(self.state.children.values())[-1]
        return self.task.client.task(last)["status"] in questions.ENDED

    def _show(self, stage: str) -> None:
        """Moves the card to where people see what the migration waits for; if it cannot be, so be it."""
        try:
            self.task.client.update_task(self.task.key, stage=stage)
        except Refused as refused:
            print(f"{self.task.key} stays in its column: {refused}", flush=True)

    # --- the checkpoint -----------------------------------------------------------------------------

    def _state_from(self, checkpoint: Json | None) -> State:
        pair = {"source": self.task.fields["source"], "target": self.task.fields["target"]}
        if checkpoint and {name: checkpoint[name] for name in pair} == pair:
            return State(**checkpoint)
        return State(**pair)

    def _save(self, *, message: str = "", percent: int = 0, every: float = 0.0) -> None:
        message = message or WORDS[self.state.phase]
        beat(self.task, checkpoint=asdict(self.state), percent=percent, message=message, every=every)

    def _beat(self, message: str, *, percent: int) -> None:
        self._save(message=message, percent=percent, every=1.0)

    def _open(self, sides: ExitStack) -> tuple[Connection, Connection]:
        source, target = self.config.database(self.state.source), self.config.database(self.state.target)
        return sides.enter_context(source.open()), sides.enter_context(target.open())


def summary(result: Json) -> str:
    """The figures in words."""
    tables = ", ".join(f"{name} {count:,}" for name, count in result["rows"].items())
    return (
        f"**{result['source']} and {result['target']} hold the same.** {result['rows_total']:,} rows were compared "
        f"by content ({tables}); {result.get('rows_written_meanwhile', 0):,} of them were written during the copy. "
        f"The shop now reads from {result['target']} and writes to both."
    )


WORDS = {
    "validate": "Looking at both sides",
    "start": "Waiting for the start",
    "copy": "Copying",
    "writes_async": "Waiting for asynchronous writes",
    "sync": "Bringing what was written meanwhile",
    "writes_sync": "Waiting for synchronous writes",
    "reads": "Waiting for the reads",
    "verify": "Comparing both sides",
}
PHASES = tuple(WORDS)


def _now() -> str:
    return timestamp(datetime.now(UTC))
