"""What the child processes of these tests run: one JSON line each way."""

import itertools
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any


def main() -> None:
    import django

    django.setup()
    PROGRAMS[sys.argv[1]](*sys.argv[2:])


def say(**what: Any) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")  # in one piece, whatever thread says it


def actor(name: str) -> Any:
    from apps.actors.models import Application
    from apps.actors.references import actor_of_application

    return actor_of_application(Application.objects.get(name=name))


def hold(name: str, seconds: str) -> None:
    """Claim one task, say so, keep its lease by heartbeats until killed."""
    from apps.automation import queue

    me = actor(name)
    (task,) = queue.claim(me, {"functions": ["copy"], "lease_seconds": 10})["tasks"]
    say(task=task["id"], token=task["lease"]["token"])
    lease = {"task": task["id"], "token": task["lease"]["token"], "extend_seconds": int(seconds)}
    while True:
        queue.heartbeat(me, {"leases": [lease]})
        time.sleep(0.2)


def sweep() -> None:
    """The sweeper's tick, again and again, until killed."""
    from apps.automation import queue

    say(pid=os.getpid())
    while True:
        if queue.sweep():
            say(swept=time.time())
        time.sleep(0.2)


def tick() -> None:
    """Ticks of schedules, again and again, until killed."""
    from apps.automation.schedules import ticks

    say(pid=os.getpid())
    while True:
        ticks.tick_due()
        time.sleep(0.05)


def operate() -> None:
    """Work through operations, again and again, until killed."""
    from django.conf import settings
    from django.db import connection

    from apps.operations import run

    if connection.vendor == "sqlite":
        settings.PROCESS = "embedded"  # who calls has turns in between
    say(pid=os.getpid())
    while True:
        run.work_due()
        time.sleep(0.02)


def call(network: str) -> None:
    """Call push functions, again and again, until killed."""
    from django.conf import settings

    from apps.automation.push import executor

    settings.EGRESS_ALLOW = [network]
    say(pid=os.getpid())
    while True:
        executor.run()
        time.sleep(0.05)


def sweep_and_hang() -> None:
    """A sweeper that stands still in the middle of its transaction, and never ends it."""
    from apps.automation import queue
    from apps.automation.queue import sweeper

    def hang(*_: Any, **__: Any) -> None:
        say(hangs=True)
        time.sleep(3600)

    sweeper.failure.end = hang  # type: ignore[assignment]
    say(pid=os.getpid())
    while True:
        queue.sweep()
        time.sleep(0.2)


def race(name: str, what: str, threads: str, *arguments: str) -> None:
    """So many threads do the same at once, when a line comes in; how many won."""
    act = RACES[what]
    me, won, refused = actor(name), [], []
    start = threading.Barrier(int(threads) + 1)

    def run() -> None:
        from django.db import connection

        connection.ensure_connection()
        start.wait()
        try:
            (won if act(me, *arguments) else refused).append(1)
        except Exception as error:
            refused.append(type(error).__name__)
        connection.close()

    runners = [threading.Thread(target=run) for _ in range(int(threads))]
    for runner in runners:
        runner.start()
    say(ready=True)
    sys.stdin.readline()
    start.wait()
    for runner in runners:
        runner.join()
    say(won=len(won), refused=[str(why) for why in refused])


def _claim(me: Any) -> bool:
    from apps.automation import queue

    return bool(queue.claim(me, {"functions": ["copy"]})["tasks"])


def _same_claim(me: Any, claim_id: str) -> str:
    from apps.automation import queue

    tasks = queue.claim(me, {"functions": ["copy"], "claim_id": claim_id, "max": 2})["tasks"]
    say(got=sorted([task["id"], task["lease"]["token"]] for task in tasks))
    return ""


def _complete(me: Any, task: str, token: str) -> bool:
    from apps.automation import queue

    mine = {"task": task, "token": token, "result": threading.get_ident()}
    return bool(queue.complete(me, {"results": [mine]})["results"][0]["ok"])


def _cancel(me: Any, task: str) -> bool:
    from apps.tasks.services import cancel_task

    return cancel_task(me, task).status == "canceled"


def _tick(me: Any) -> bool:
    from apps.automation.schedules import ticks

    return bool(ticks.tick_due())


def _update(me: Any) -> bool:
    from apps.tasks.services.scheduled_updates import run as scheduled_updates_run

    return bool(scheduled_updates_run.update_due())


def _drain(me: Any) -> bool:
    """Claim ones and tens until there is nothing; say what came, and when by the clock of the database."""
    from django.utils import timezone

    from apps.automation import queue

    most = 1 + 9 * (threading.get_ident() // 4096 % 2)
    while True:
        tasks = queue.claim(me, {"functions": ["copy"], "max": most})["tasks"]
        now = timezone.now().isoformat()
        say(got=[[task["id"], task["priority"], task["start_at"]] for task in tasks], at=now)
        if not tasks:
            return True


_numbers = itertools.count()


def _anything(me: Any, task: str, token: str) -> str:
    """One of all the ways in which a task can be written; those that end it win."""
    from apps.automation import queue
    from apps.tasks import services

    number = next(_numbers)
    what, lease = f"{os.getpid()} {number}", {"task": task, "token": token}
    if number % 4 == 0:
        return "ended" * queue.complete(me, {"results": [{**lease, "result": what}]})["results"][0]["ok"]
    if number % 4 == 1:
        return "ended" * queue.fail(me, {"failures": [{**lease, "error": {"name": what}}]})["results"][0]["ok"]
    if number % 4 == 2:
        services.cancel_task(me, task)
        return ""
    services.edit_task(me, task, {"title": what})
    return ""


def _make(me: Any, external_id: str) -> bool:
    """Whether this call made the task; the others get the same one."""
    from apps.tasks.services import create_task

    return create_task(me, {"title": "Once", "external_id": external_id})[1]


def number(limit: str) -> None:
    """Number events, say so before the commit, and commit when told to."""
    from django.db import transaction

    from apps.events import positions

    with transaction.atomic():
        say(numbered=positions.assign(int(limit)))
        sys.stdin.readline()
    say(committed=True)


RACES: dict[str, Callable[..., Any]] = {
    "drain": _drain,
    "make": _make,
    "anything": _anything,
    "claim": _claim,
    "same_claim": _same_claim,
    "complete": _complete,
    "cancel": _cancel,
    "tick": _tick,
    "update": _update,
}
PROGRAMS: dict[str, Callable[..., None]] = {
    "hold": hold,
    "sweep": sweep,
    "tick": tick,
    "call": call,
    "operate": operate,
    "hang": sweep_and_hang,
    "race": race,
    "number": number,
}

if __name__ == "__main__":
    main()
