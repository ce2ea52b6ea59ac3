"""What a migration needs of people: each question is a child task, handed over as it is created.

The question is created under a fixed `external_id`, so asking again after a crash finds the same task. An
answer returns the child to the function `migration.answered`; there it is looked at for real. A true one
completes the child and wakes the migration; another is handed over again, saying what was wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from taskhub_client import (
    Canceled,
    ClaimedTask,
    Client,
    Complete,
    HandOver,
    Json,
    NotFound,
    Outcome,
    Refused,
    timestamp,
)

from . import checks
from .beat import read_timestamp
from .config import Config, shop_command
from .databases import Connection
from .shop_control import ShopControl

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

    def body(self, migration: Mapping[str, Any], source: str, target: str, config: Config) -> Json:
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

QUESTIONS = {
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


def answer_is_looked_at(task: ClaimedTask, config: Config, shop: ShopControl) -> None:
    """`migration.answered`: accepts what is true; hands the rest over again with the reason."""
    task.finish(_judged(task, config, shop))
    wake(task.client, task.data["migration"])


def _judged(task: ClaimedTask, config: Config, shop: ShopControl) -> Outcome:
    """What becomes of the question. Raises HandOver to ask again."""
    last = next(task.client.handovers(task=task.id, limit=1), None)
    if last and last["state"] != "submitted":
        raise _again(task, config, f"**Nobody answered** (the request was {last['state']}).", DBA_TEAM)
    if (task.answers or {}).get("action") == "stop":
        return Canceled("The migration was stopped.")
    if wrong := _why_not(task, config, shop):
        raise _again(task, config, f"**Not accepted.** {wrong}", person_of(task.document))
    return Complete({"accepted_at": timestamp(datetime.now(UTC))})


def wake(hub: Client, migration: str) -> None:
    """Lets a waiting migration go on now. If it cannot be woken, it looks by itself later."""
    try:
        task = hub.task(migration)
        if task["status"] == "new":
            hub.update_task(migration, start_at=timestamp(datetime.now(UTC)))
    except Refused as refused:
        print(f"{migration} is not woken: {refused}", flush=True)


def why_not_start(fields: Json) -> str | None:
    """None for *Now* or a time to come; else why not."""
    now = datetime.now(UTC)
    if fields.get("start") == "now":
        return None
    if not fields.get("start_at"):
        return "You chose a time but gave none. Give one, or choose Now."
    start = read_timestamp(fields["start_at"])
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


def _why_not(task: ClaimedTask, config: Config, shop: ShopControl) -> str | None:
    if task.data["ask"] == "start":
        return why_not_start(task.fields)
    source_side, target_side = config.database(task.data["source"]), config.database(task.data["target"])
    with source_side.open() as source, target_side.open() as target:
        return why_not_switched(task.data["ask"], shop, source, target)


def _again(task: ClaimedTask, config: Config, why: str, to: str) -> HandOver:
    """The same question once more. Its key holds the delivery, so a repeated call makes one handover."""
    ask, source, target = QUESTIONS[task.data["ask"]], task.data["source"], task.data["target"]
    text = ask.text.format(source=source, target=target, command=ask.command(target, config))
    return HandOver(**ask.handover(f"again-{task.delivery}", to, f"{why}\n\n{text}"))


def person_of(task: Mapping[str, Any]) -> str:
    """Who is asked: the person who wanted it; for a program's own migrations the DBA team."""
    reporter = str(task["reporter"])
    return reporter if reporter.startswith("user:") else DBA_TEAM


def close_open_questions(hub: Client) -> None:
    """Cancels questions whose migration has ended, so that nobody answers for nothing."""
    kinds = sorted({ask.type for ask in QUESTIONS.values()})
    for ask in list(hub.tasks(container=CONTAINER, type=kinds, status="handed_over")):
        if _has_ended(hub, ask["correlation_id"]):
            hub.cancel_task(ask["key"], note="The migration has ended.")


def _has_ended(hub: Client, key: str) -> bool:
    try:
        return hub.task(key)["status"] in ENDED
    except NotFound:
        return True


def switch_shop(ask: Ask, shop: ShopControl, target: str) -> dict[str, Any]:
    """What a person is asked to do, done through the shop's control (`--automatic`)."""
    pairs = [pair.partition("=") for pair in (ask.switch or "").format(target=target).split()]
    return shop.switch(**{name: value for name, _, value in pairs})
