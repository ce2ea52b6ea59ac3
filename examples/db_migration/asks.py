"""What a migration asks of people: each question is a child task, handed over as it is created.

The question is created under a fixed `external_id`, so asking again after a crash finds the same task. An
answer returns the child to the function `migration.answered`; there it is looked at for real. A true one
completes the child and wakes the migration; another is handed over again, saying what was wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from . import checks
from .config import Config, shop_command
from .databases import Connection
from .job import Job, moment, timestamp
from .shop_control import ShopControl
from .taskhub import Json, Refused, TaskHub

CONTAINER = "db-migrations"
DBA_TEAM = "team:dba"
ANSWERED = "migration.answered"
ENDED = {"complete", "failed", "canceled", "aborted"}
STOP = {"name": "stop", "label": "Stop the migration", "effect": "return"}


@dataclass(frozen=True)
class Ask:
    """A kind of question. `switch` is what the shop is to be set to; None asks for the start time."""

    name: str
    type: str
    title: str
    text: str
    switch: str | None = None

    def body(self, migration: Json, source: str, target: str, config: Config) -> Json:
        """The child task: made and handed over in one call. The same for every repetition."""
        person = person_of(migration)
        command = self.command(target, config)
        pair = {"source": source, "target": target}
        body: Json = {
            "container": CONTAINER,
            "type": self.type,
            "title": self.title.format(**pair),
            "external_id": f"{migration['key']}:{source}:{target}:{self.name}",
            "correlation_id": migration["key"],
            "parent": migration["key"],
            "data": {"migration": migration["key"], "ask": self.name, **pair},
            "hand_over": self.handover("first", person, self.text.format(**pair, command=command)),
        }
        if command:
            body["fields"] = {"command": command}
        if person != DBA_TEAM:
            body["reporter"] = person
        return body

    def handover(self, key: str, to: str, message: str) -> Json:
        """The request to the person."""
        if self.switch is None:
            asked: list[Json] = [{"name": "start", "required": True, "proposed": "now"}, {"name": "start_at"}]
            answer = {"name": "answer", "label": "Start then", "effect": "return"}
        else:
            asked, answer = [], {"name": "done", "label": "Done", "effect": "return"}
        return {
            "key": key,
            "to": to,
            "title": self.title_of_handover,
            "message": message,
            "fields": asked,
            "actions": [answer, STOP],
        }

    @property
    def title_of_handover(self) -> str:
        return "When shall the migration start?" if self.switch is None else "Run one command on the shop"

    def command(self, target: str, config: Config) -> str:
        """The exact command to run on the shop; empty for the start time."""
        if self.switch is None:
            return ""
        return f"{shop_command(config.data_dir)} set {self.switch.format(target=target)}"


RUN_IT = (
    "\n\nRun this on the shop, then choose *Done*; it is looked at for real before it is accepted.\n\n    {command}"
)

ASKS = {
    ask.name: ask
    for ask in (
        Ask(
            "start",
            "start-time",
            "Start time of {source} → {target}",
            "Both sides were looked at: they can be reached, the tables fit and there is room. "
            "The copy reads {source} and writes {target}; the shop goes on all the while.",
        ),
        Ask(
            "writes-async",
            "shop-change",
            "Asynchronous writes to {target}",
            "The copy is done. From now on the shop is to forward what it writes to {target} too." + RUN_IT,
            "b={target} writes=async",
        ),
        Ask(
            "writes-sync",
            "shop-change",
            "Synchronous writes to {target}",
            "{target} is only moments behind {source}. Now the shop is to write to both at once." + RUN_IT,
            "b={target} writes=sync",
        ),
        Ask(
            "reads",
            "shop-change",
            "Reads from {target}",
            "Both sides hold the same. Now the shop is to read from {target}." + RUN_IT,
            "reads=b",
        ),
    )
}


def answer_is_looked_at(job: Job, config: Config, shop: ShopControl) -> None:
    """`migration.answered`: accepts what is true; hands the rest over again with the reason."""
    ask = ASKS[job.data["ask"]]
    state = job.hub.last_handover_state(job.task["id"])
    if state not in (None, "submitted"):
        job.hand_over(_again(job, ask, config, f"**Nobody answered** (the request was {state}).", DBA_TEAM))
        return
    if (job.task.get("answers") or {}).get("action") == "stop":
        job.cancel("The migration was stopped.")
    elif wrong := _why_not(job, config, shop):
        job.hand_over(_again(job, ask, config, f"**Not accepted.** {wrong}", person_of(job.task)))
        return
    else:
        job.complete({"accepted_at": timestamp(datetime.now(UTC))})
    wake(job.hub, job.data["migration"])


def wake(hub: TaskHub, migration: str) -> None:
    """Lets a waiting migration go on now. If it cannot be woken, it looks by itself later."""
    try:
        task = hub.task(migration)
        if task["status"] == "new":
            hub.update(migration, start_at=timestamp(datetime.now(UTC)))
    except Refused as refused:
        print(f"{migration} is not woken: {refused}", flush=True)


def why_not_start(fields: Json) -> str | None:
    """None for *Now* or a time to come; else why not."""
    now = datetime.now(UTC)
    if fields.get("start") == "now":
        return None
    if not fields.get("start_at"):
        return "You chose a time but gave none. Give one, or choose Now."
    start = moment(fields["start_at"])
    if start <= now:
        return (
            f"The start time {start:%d %B %Y %H:%M} UTC is in the past (it is {now:%H:%M} UTC now). "
            "Choose a later one, or Now."
        )
    return None


def why_not_switched(name: str, shop: ShopControl, source: Connection, target: Connection) -> str | None:
    """None if the shop works as that question asks; else what it does instead."""
    if name == "reads":
        return checks.why_not_reading(shop, "b")
    return checks.why_not_writing(shop, source, target, name.removeprefix("writes-"))


def _why_not(job: Job, config: Config, shop: ShopControl) -> str | None:
    if job.data["ask"] == "start":
        return why_not_start(job.fields)
    source_side, target_side = config.database(job.data["source"]), config.database(job.data["target"])
    with source_side.open() as source, target_side.open() as target:
        return why_not_switched(job.data["ask"], shop, source, target)


def _again(job: Job, ask: Ask, config: Config, why: str, to: str) -> Json:
    """The same question once more. Its key holds the delivery, so a repeated call makes one handover."""
    source, target = job.data["source"], job.data["target"]
    text = ask.text.format(source=source, target=target, command=ask.command(target, config))
    return ask.handover(f"again-{job.delivery}", to, f"{why}\n\n{text}")


def person_of(task: Json) -> str:
    """Who is asked: the person who wanted it; for a program's own migrations the DBA team."""
    reporter = str(task["reporter"])
    return reporter if reporter.startswith("user:") else DBA_TEAM


def close_left_over_asks(hub: TaskHub) -> None:
    """Cancels questions whose migration has ended, so that nobody answers for nothing."""
    for kind in sorted({ask.type for ask in ASKS.values()}):
        for ask in hub.tasks(container=CONTAINER, type=kind, status="handed_over"):
            if _has_ended(hub, ask["correlation_id"]):
                hub.cancel(ask["key"], "The migration has ended.")


def _has_ended(hub: TaskHub, key: str) -> bool:
    try:
        return hub.task(key)["status"] in ENDED
    except Refused as refused:
        return refused.status == 404


def switch_shop(ask: Ask, shop: ShopControl, target: str) -> dict[str, Any]:
    """What a person is asked to do, done through the shop's control (`--automatic`)."""
    pairs = [pair.partition("=") for pair in (ask.switch or "").format(target=target).split()]
    return shop.switch(**{name: value for name, _, value in pairs})
