"""The executor of push functions: claims one task under a lease, calls, and reports, like any worker.

Each step commits by itself and no connection is held during the call, so an executor that is killed leaves what a
killed worker leaves: a lease that ends, and the sweeper that decides.
"""

import logging
import random
import time
from typing import Any
from uuid import UUID

import orjson
from django.db import InterfaceError, OperationalError, connection
from django.db.models import Exists, OuterRef

from apps.actors.actor import Actor
from apps.actors.references import actor_of_application
from apps.automation import queue
from apps.automation.models import Function
from apps.core import background, egress, shutdown, signing, strict_json
from apps.core.sealing import NotSealed
from apps.tasks import leases

from . import signing_secrets, verdicts
from .slots import slots

logger = logging.getLogger(__name__)

WORKER = "push"
CALL_SECONDS = 30
"""How long one call may take, from the name to the last byte of the answer; a shorter `time_limit` goes before."""
LEASE_SECONDS = 45
"""The lease of a call: it outlives the call, and a killed executor is found when it ends."""
JOB_SECONDS = 5.0
"""How long one job goes on to the next task, so that a worker drains quickly."""
PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0)
"""Seconds before each try to report, while the database is away or others write the task."""

Task = dict[str, Any]
"""A claimed task, rendered for its application."""


def run() -> None:
    """Call with one task after the other, if this worker may make one more call at once."""
    ends_at = time.monotonic() + JOB_SECONDS
    with slots.one() as mine:
        while mine and not shutdown.stopping.is_set():
            if not call_next():
                return
            if time.monotonic() > ends_at:
                background.enqueue("automation.push")
                return


def call_next() -> bool:
    """Claim and call with one task; whether there was one."""
    for function in waiting():
        actor = actor_of_application(function.application)
        task = queue.claim_to_call(actor, function.name, worker=WORKER, lease_seconds=LEASE_SECONDS)
        if task is not None:
            background.enqueue("automation.push")  # somebody else may take what waits beside it
            carry_out(actor, function, task)
            return True
    return False


def waiting() -> list[Function]:
    """The push functions with claimable tasks; those of which the fewest are called now come first."""
    ready = leases.claimable(OuterRef("application"), OuterRef("name"))
    rows = Function.objects.filter(Exists(ready), mode=Function.Mode.PUSH, paused_at=None, application__active=True)
    functions = list(rows.select_related("application"))
    running = leases.running(WORKER) if len(functions) > 1 else {}
    random.shuffle(functions)
    return sorted(functions, key=lambda row: running.get((row.application_id, row.name), 0))


def carry_out(actor: Actor, function: Function, task: Task) -> None:
    """Call with a claimed task and report what became of it."""
    if not connection.in_atomic_block:
        connection.close()
    verdict = call(function, task)
    for pause in PAUSES:
        time.sleep(pause)
        try:
            if report(actor, function, task, verdict):
                return
        except (OperationalError, InterfaceError) as error:
            logger.warning("A push cannot be reported now: %s", type(error).__name__)
            connection.close()
    logger.error("A push could not be reported; its lease will end", extra={"task": task["id"]})


def call(function: Function, task: Task) -> verdicts.Verdict:
    """POST the task; what the answer means."""
    body = orjson.dumps(task)
    try:
        signed = signing.headers(
            signing_secrets.signing_secrets(function), id=message_id(task), at=int(time.time()), body=body
        )
    except NotSealed:
        message = "The secret of the function cannot be read any more: rotate it."
        return verdicts.Failed(verdicts.failure("no_secret", message, recoverable=False))
    headers = {"Content-Type": "application/json", "User-Agent": "TaskHub", **signed}
    deadline = float(min(CALL_SECONDS, function.time_limit or CALL_SECONDS))
    try:
        reply = egress.send(
            "POST", function.url or "", headers=headers, body=body, deadline=deadline, most=strict_json.MAX_BYTES
        )
    except (egress.Refused, egress.Unreachable) as error:
        return verdicts.of_exception(error)
    return verdicts.of_reply(reply)


def message_id(task: Task) -> str:
    """The `webhook-id`: one for each delivery of a task, and so for each lease. It has no full stop."""
    return f"task_{UUID(task['id']).hex}_{task['lease']['delivery']}"


def report(actor: Actor, function: Function, task: Task, verdict: verdicts.Verdict) -> bool:
    """Whether that is done; what a superseded lease says changes nothing, and is done too."""
    token = task["lease"]["token"]
    item = {"task": task["id"], "token": token}
    if isinstance(verdict, verdicts.Accepted):
        queue.accept(actor, UUID(task["id"]), token, lease_seconds=function.lease_seconds)
        return True
    if isinstance(verdict, verdicts.Completed):
        answer = queue.complete(actor, {"results": [{**item, "result": verdict.result}]})
    else:
        answer = queue.fail(actor, {"failures": [{**item, "error": verdict.error}]})
    (result,) = answer["results"]
    if not result["ok"]:
        logger.info("A push was not reported: %s", result["code"], extra={"task": task["id"]})
    return bool(result["ok"]) or result["code"] != "conflict"
