"""`/functions`: the names under which the calling application's workers run tasks."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from apps.automation import execution
from apps.automation.functions import accept as function_accept
from apps.automation.functions import pausing, queries, services
from apps.automation.models import Function
from apps.automation.push import accept
from apps.automation.schedules import recurrence
from apps.core.json_types import JsonObject

from .components import FAILOVER, TASK_KEYS
from .description import PAGE, describes
from .idempotency import once
from .pagination import answer_page, orders
from .resource import Outcome, Resource
from .schemas import FLAG, NUMBER, TEXT, TIME, WHOLE, answer, component, listed, maybe, one_of, optional, page_of, ref
from .tasks import render_done

ORDERS = orders("name", unique="name")
SCHEDULE = component(
    "Schedule",
    answer(
        ("cron", "zone", "every"), cron=TEXT, zone=TEXT, every=WHOLE, catch_up=one_of(*recurrence.CATCH_UP),
        next_at=optional(TIME), task=ref("ScheduledTaskBody"),
    ),
)  # fmt: skip
BACKOFF = component("Backoff", answer(initial=NUMBER, factor=NUMBER, max=NUMBER, jitter=FLAG))
RETRY_POLICY = component(
    "RetryPolicy",
    answer(
        ("delays", "backoff"), enabled=FLAG, errors_to_retry=listed(TEXT), max_retries=WHOLE, delays=listed(NUMBER),
        backoff=BACKOFF,
    ),
)  # fmt: skip
PAUSE = component("Pause", answer(by=TEXT, reason=TEXT, since=TIME, until=optional(TIME)))
BREAKER = component("Breaker", answer(failures=WHOLE, minutes=WHOLE))
FUNCTION = component("Function", answer(
    ("secret", "changed"), name=TEXT, description=TEXT, mode=one_of("pull", "push"), url=optional(TEXT),
    time_limit=optional(WHOLE), lease_seconds=WHOLE, default_priority=WHOLE, max_concurrency=optional(WHOLE),
    callers=listed(TEXT), retry_policy=RETRY_POLICY, failover=maybe(FAILOVER),
    schedule=maybe(SCHEDULE), breaker=maybe(BREAKER), paused=maybe(PAUSE), changed=FLAG,
    secret={**TEXT, "description": "`whsec_…`: what calls are signed with. Answered this once, if TaskHub made it."},
))  # fmt: skip
EXECUTED = component("ExecutedTask", answer(("data", "retry_after"), **TASK_KEYS, retry_after=NUMBER))


class Functions(Resource):
    """All of the calling application."""

    parameters = frozenset(PAGE)

    @describes("list_functions", "List functions", answer=page_of("Function"), query=PAGE)
    def get(self, request: Request) -> Response:
        rows = queries.list_functions(self.actor)
        return answer_page(
            request, rows, render=lambda page: [_render(row) for row in page], orders=ORDERS, order="name"
        )


class OneFunction(Resource):
    """One of them, by its name."""

    @describes("get_function", "Read a function", answer=FUNCTION)
    def get(self, request: Request, name: str) -> Response:
        return self.answer(self._current(name))

    @describes(
        "put_function",
        "Create or replace a function",
        answer=FUNCTION,
        status=(200, 201),
        body=function_accept.FUNCTION,
        headers=["If-Match"],
    )
    def put(self, request: Request, name: str) -> Response:
        with self.if_match(lambda: self._current(name), hold=lambda: services.hold_functions(self.actor)):
            function, created, changed = services.put_function(self.actor, name, self.body)
        return _told_once(self.answer_put(_render(function), created=created, changed=changed), function)

    @describes("delete_function", "Delete a function that no live task needs", status=204, headers=["If-Match"])
    def delete(self, request: Request, name: str) -> Response:
        with self.if_match(lambda: self._current(name), hold=lambda: services.hold_functions(self.actor)):
            services.delete_function(self.actor, name)
        return Response(status=204)

    def _current(self, name: str) -> JsonObject:
        return _render(queries.get_function(self.actor, name))


class RotateSecret(Resource):
    """Another secret for the calls of a push function."""

    @describes(
        "rotate_secret",
        "Sign with another secret",
        answer=FUNCTION,
        body=accept.ROTATION,
        description="Calls are signed with both secrets for 24 hours. One that TaskHub makes is answered this once.",
    )
    def post(self, request: Request, name: str) -> Response:
        function = services.rotate_secret(self.actor, name, self.body)
        return _told_once(self.answer(_render(function)), function)


class Pause(Resource):
    """Nothing of it is claimed or pushed."""

    @describes(
        "pause_function",
        "Pause a function",
        answer=FUNCTION,
        body=pausing.PAUSE,
        description="For its application and the people who own that. What executes runs to its end, its schedule goes "
        "on making tasks, and its tasks wait: all who see one read the `reason`.",
    )
    def post(self, request: Request, name: str) -> Response:
        body = pausing.PAUSE.require(self.body)
        return self.answer(_render(pausing.pause_function(self.actor, name, **body)))


class Resume(Resource):
    """It goes on."""

    @describes(
        "resume_function",
        "Resume a function",
        answer=FUNCTION,
        body=pausing.RESUME,
        description="For its application and the people who own that. One that is not paused stays as it is.",
    )
    def post(self, request: Request, name: str) -> Response:
        body = pausing.RESUME.require(self.body)
        return self.answer(_render(pausing.resume_function(self.actor, name, **body)))


class Execute(Resource):
    """Run it once, and wait."""

    @describes(
        "execute_function",
        "Make a task of a function and wait for its result",
        answer={"oneOf": [EXECUTED, ref("UnseenTask")]},
        status=(200, 202),
        body=execution.EXECUTION,
        headers=["Idempotency-Key"],
        description="200: the task has ended, well or not; after retries it is the newest attempt. 202: it goes on; "
        "`retry_after` is more than zero if so many calls waited that this one did not.",
    )
    def post(self, request: Request, name: str) -> Response:
        asked = execution.read_execution(self.actor, name, self.body)
        made = once(request._request, self.actor, self.body, lambda: self._begin(asked)).outcome.made
        outlook = execution.wait_for(self.actor, UUID(made), asked.timeout)
        task = render_done(self.actor, str(outlook.task))
        if outlook.ended:
            return self.answer(task)
        return self.answer({**task, "retry_after": outlook.retry_after}, 202)

    def _begin(self, asked: execution.Execution) -> Outcome:
        return Outcome(202, str(execution.begin(self.actor, asked).pk))


def _told_once(answer: Response, function: Function) -> Response:
    """With the secret, if it was made just now. The ETag stays that of a read."""
    if function.new_secret:
        answer.data = {**answer.data, "secret": function.new_secret}
    return answer


_render = queries.render_function
