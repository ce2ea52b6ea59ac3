"""What is done to a task by one POST: its outcomes, taking it over, handing it over; and who may write what now."""

from collections.abc import Callable

from rest_framework.request import Request
from rest_framework.response import Response

from apps.automation.queue import failure
from apps.automation.transitions import run_transition
from apps.core.json_types import JsonObject
from apps.tasks import access, bodies, rendering, services
from apps.tasks.access import TaskPermissions
from apps.tasks.custody import custody_of, writers_now
from apps.tasks.models import Task

from .description import describes
from .handovers import render_one, was_asked_before
from .pagination import flag_of
from .resource import Outcome
from .schemas import ref
from .tasks import DONE, TaskResource, render_done

HEADERS = ("If-Match", "Idempotency-Key")


class Action(TaskResource):
    """A POST that changes the task and answers it."""

    def act(self, work: Callable[[str | None], Task]) -> Response:
        """Do it once; `work` takes the version that the caller read."""
        version = self.wanted_version(self.kwargs["id"])
        return self.post_once(lambda: Outcome(200, str(work(version).pk)), lambda made: render_done(self.actor, made))


class Move(Action):
    """To another container."""

    write_parameters = frozenset({"preview"})

    @describes(
        "move_task",
        "Move a task to another container",
        answer={"oneOf": [*DONE["oneOf"], ref("Exposure")]},
        body=bodies.MOVE,
        query=["preview"],
        headers=HEADERS,
        description="Of the same owner, with a type that the task fits. If somebody would see it who does not now, it "
        "answers 409 `confirm_widen`, unless `confirm_widen` is true. With `preview=true` nothing is moved.",
    )
    def post(self, request: Request, id: str) -> Response:
        body = bodies.MOVE.require(self.body)
        if flag_of(request, "preview"):
            place = {"container": body["container"], "type": body.get("type")}
            return Response(services.preview_move(self.actor, id, **place).as_json())
        return self.act(lambda version: services.move_task(self.actor, id, **body, if_match=version))


class Start(Action):
    """Execution without a lease."""

    @describes("start_task", "Start a task", answer=DONE, headers=HEADERS)
    def post(self, request: Request, id: str) -> Response:
        self.require_no_body()
        return self.act(lambda version: services.start_task(self.actor, id, if_match=version))


class Complete(Action):
    """Done."""

    @describes(
        "complete_task",
        "Complete a task without a lease",
        answer=DONE,
        body=bodies.COMPLETE,
        headers=HEADERS,
    )
    def post(self, request: Request, id: str) -> Response:
        body = bodies.COMPLETE.require(self.body)
        return self.act(lambda version: services.complete_task(self.actor, id, **body, if_match=version))


class Fail(Action):
    """Ended with an error."""

    @describes("fail_task", "Fail a task without a lease", answer=DONE, body=bodies.FAIL, headers=HEADERS)
    def post(self, request: Request, id: str) -> Response:
        body = bodies.FAIL.require(self.body)
        return self.act(lambda version: failure.fail_task(self.actor, id, **body, if_match=version))


class Cancel(Action):
    """Revoked."""

    @describes(
        "cancel_task",
        "Cancel a task", answer=DONE, body=bodies.CANCEL, headers=HEADERS,
        description="One that is being executed is asked to stop: it answers 200 with `cancel_requested`.",
    )  # fmt: skip
    def post(self, request: Request, id: str) -> Response:
        body = bodies.CANCEL.require(self.body)
        return self.act(lambda version: services.cancel_task(self.actor, id, **body, if_match=version))


class Skip(Action):
    """It need not be done."""

    @describes(
        "skip_task",
        "Skip a task", answer=DONE, body=bodies.SKIP, headers=HEADERS,
        description="It ends as `failed` with the error `skipped`, which counts as no failure. One that has failed "
        "before is skipped too; one that a worker holds is not (409).",
    )  # fmt: skip
    def post(self, request: Request, id: str) -> Response:
        body = bodies.SKIP.require(self.body)
        return self.act(lambda version: services.skip_task(self.actor, id, **body, if_match=version))


class Retry(Action):
    """Once more."""

    @describes(
        "retry_task",
        "Retry a failed task: a new one takes over", answer=DONE, body=bodies.RETRY, headers=HEADERS,
        description="One that waits for its retry starts at once. `fields` and `data` change the new attempt, and are "
        "checked like a change of it.",
    )  # fmt: skip
    def post(self, request: Request, id: str) -> Response:
        body = bodies.RETRY.require(self.body)
        return self.act(lambda version: services.retry_task(self.actor, id, **body, if_match=version))


class Reopen(Action):
    """Back to the start."""

    @describes("reopen_task", "Reopen a task that has ended", answer=DONE, headers=HEADERS)
    def post(self, request: Request, id: str) -> Response:
        self.require_no_body()
        return self.act(lambda version: services.reopen_task(self.actor, id, if_match=version))


class TakeOver(Action):
    """A person's turn."""

    @describes(
        "take_over_task",
        "Take a task over", answer=DONE, headers=HEADERS,
        description="Fences the worker off and opens a handover to yourself (`handover`) with all that you may see.",
    )  # fmt: skip
    def post(self, request: Request, id: str) -> Response:
        self.require_no_body()
        return self.act(lambda version: services.take_over(self.actor, id, if_match=version).task)


class Transition(Action):
    """A transition of the task's type."""

    @describes(
        "run_transition",
        "Run a transition of the task's type", answer=DONE, body=bodies.TRANSITION, headers=HEADERS,
        description="403: not for you. 409: not from this stage, or its condition does not hold. 422: wrong `input`.",
    )  # fmt: skip
    def post(self, request: Request, id: str, name: str) -> Response:
        body = bodies.TRANSITION.require(self.body)
        return self.act(lambda version: run_transition(self.actor, id, name, **body, if_match=version))


class HandOver(TaskResource):
    """A question to a person."""

    @describes(
        "hand_over_task",
        "Hand a task over to a person or team",
        answer=ref("Handover"), status=(200, 201), body=bodies.HAND_OVER, headers=HEADERS,
        description="With the `key` of an earlier, equal call it answers that handover as it stands, with 200.",
    )  # fmt: skip
    def post(self, request: Request, id: str) -> Response:
        return self.post_once(lambda: self._ask(id, self.body), lambda made: render_one(self.actor, made))

    def _ask(self, id: str, body: JsonObject) -> Outcome:
        key = body.get("key")
        asked_before = isinstance(key, str) and was_asked_before(self.actor, id, key)
        version = self.wanted_version(id)
        handover = services.hand_over(self.actor, id, body, if_match=version)
        return Outcome(200 if asked_before else 201, str(handover.pk))


class CustodyOfTask(TaskResource):
    """Who may write now."""

    @describes("get_custody", "Who may write what now, and why not", answer=ref("CustodyAndFields"))
    def get(self, request: Request, id: str) -> Response:
        return self.answer(custody(self.permissions(id)))


def custody(permissions: TaskPermissions) -> JsonObject:
    """The holder of the task, and the caller's access to each field that exists for them."""
    fields, task, handover = access.visible_fields(permissions), permissions.task, permissions.handover
    asked, known = access.asked_names(handover), permissions.audiences
    return {
        "task": str(task.pk),
        **rendering.render_custody(custody_of(task, handover)),
        "fields": {
            name: {
                "access": field.level,
                "reason": field.reason or None,
                "who": list(writers_now(task, handover, name, asked=asked, known=known)),
            }
            for name, field in fields.items()
        },
    }
