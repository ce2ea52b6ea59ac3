"""`/functions`: the names under which the calling application's workers run tasks."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from apps.automation import cadence, callers, execution, services
from apps.automation.models import Function
from apps.automation.push import accept
from apps.tasks.models import Privacy

from .components import FAILOVER, FREE, TEXT, TIME, WHOLE, answer, body, listed, one_of, optional, ref
from .description import PAGE, describes
from .idempotency import once
from .pagination import answer_page, orders
from .resource import Outcome, Resource
from .tasks import render_done

ORDERS = orders("name", unique="name")
WORDS = {
    "description": {"type": "string", "maxLength": 10_000},
    "mode": one_of("pull", "push"),
    "url": {**optional(TEXT), "maxLength": accept.LONGEST_URL, "description": "Where TaskHub calls a push function."},
    "time_limit": {**optional(WHOLE), "description": "Seconds that one execution may take."},
    "lease_seconds": {**WHOLE, "minimum": services.SHORTEST_LEASE, "maximum": services.LONGEST_LEASE, "default": 60},
    "default_priority": WHOLE,
    "max_concurrency": {**optional(WHOLE), "description": "How many of its tasks may be leased at once."},
    "callers": {
        **listed(TEXT),
        "maxItems": callers.MOST,
        "description": "Other applications that may create its tasks: `application:NAME`.",
    },
    "retry_policy": {**FREE, "description": "`enabled`, `errors_to_retry`, `max_retries`, `delays` or `backoff`."},
}
TASK = body(
    container=TEXT, type=TEXT, title=TEXT, description=TEXT, fields=FREE, data={}, priority=WHOLE, tags=listed(TEXT),
    privacy=one_of(*Privacy.values), correlation_id=TEXT, reporter=TEXT, assignee=TEXT, private_to=TEXT,
)  # fmt: skip
CADENCE = {
    "cron": {**TEXT, "maxLength": 200, "description": "Five fields: minute, hour, day of the month, month, weekday."},
    "zone": {**TEXT, "default": "UTC", "description": "The IANA time zone of cron."},
    "every": {**WHOLE, "minimum": 1, "maximum": cadence.LONGEST, "description": "Seconds, instead of cron."},
    "catch_up": {
        **one_of(*cadence.CATCH_UP),
        "default": "none",
        "description": "What becomes of ticks that are found more than a minute late: none is made, one for all, or "
        f"each (of the latest {cadence.MOST_CAUGHT_UP}).",
    },
    "next_at": {**optional(TIME), "readOnly": True},
    "task": {
        **TASK,
        "description": "The body of its tasks. Without container and type: one in the application's own container.",
    },
}  # fmt: skip
SECRET = {
    "type": "string",
    "description": "`whsec_…`: what calls are signed with. Answered this once, if TaskHub made it.",
}
GIVEN = {**optional(TEXT), "description": "`whsec_` and 24 to 64 random bytes in base64; without it TaskHub makes one."}
FUNCTION = answer(
    ("secret",),
    name=TEXT,
    **WORDS,
    failover={"oneOf": [answer(**FAILOVER), {"type": "null"}]},
    schedule={"oneOf": [answer(("cron", "zone", "every"), **CADENCE), {"type": "null"}]},
    secret=SECRET,
)
FUNCTION_BODY = body(
    name=TEXT,
    **WORDS,
    failover={"oneOf": [body("to", **FAILOVER), {"type": "null"}]},
    schedule={"oneOf": [body(**CADENCE), {"type": "null"}]},
    secret=GIVEN,
)
EXECUTION = body(
    data={"description": "Input of the function; people never see it."},
    container={**optional(TEXT), "description": "Without it: the function's application's own container."},
    type=optional(TEXT),
    fields={**FREE, "type": ["object", "null"]},
    timeout={"type": ["number", "null"], "minimum": 0, "maximum": execution.LONGEST_WAIT, "default": 30},
)
FUNCTIONS = answer(results={"type": "array", "items": FUNCTION}, next=optional(TEXT))


class Functions(Resource):
    """All of the calling application."""

    parameters = frozenset(PAGE)

    @describes("List functions", answer=FUNCTIONS, query=PAGE)
    def get(self, request: Request) -> Response:
        rows = services.list_functions(self.actor)
        return answer_page(
            request, rows, render=lambda page: [_render(row) for row in page], orders=ORDERS, order="name"
        )


class OneFunction(Resource):
    """One of them, by its name."""

    @describes("Read a function", answer=FUNCTION)
    def get(self, request: Request, name: str) -> Response:
        return self.answer(self._current(name))

    @describes(
        "Create or replace a function", answer=FUNCTION, status=(200, 201), body=FUNCTION_BODY, headers=["If-Match"]
    )
    def put(self, request: Request, name: str) -> Response:
        with self.if_match(lambda: self._current(name), hold=lambda: services.hold_functions(self.actor)):
            function, created, changed = services.put_function(self.actor, name, self.body)
        return _told_once(self.answer_put(_render(function), created=created, changed=changed), function)

    @describes("Delete a function that no live task needs", status=204, headers=["If-Match"])
    def delete(self, request: Request, name: str) -> Response:
        with self.if_match(lambda: self._current(name), hold=lambda: services.hold_functions(self.actor)):
            services.delete_function(self.actor, name)
        return Response(status=204)

    def _current(self, name: str) -> dict[str, Any]:
        return _render(services.get_function(self.actor, name))


class RotateSecret(Resource):
    """Another secret for the calls of a push function."""

    @describes(
        "Sign with another secret",
        answer=FUNCTION,
        body=body(secret=GIVEN),
        description="Calls are signed with both secrets for 24 hours. One that TaskHub makes is answered this once.",
    )
    def post(self, request: Request, name: str) -> Response:
        function = services.rotate_secret(self.actor, name, self.body)
        return _told_once(self.answer(_render(function)), function)


class Execute(Resource):
    """Run it once, and wait."""

    @describes(
        "Make a task of a function and wait for its result",
        answer={"allOf": [ref("Task"), {"type": "object", "properties": {"retry_after": {"type": "number"}}}]},
        status=(200, 202),
        body=EXECUTION,
        headers=["Idempotency-Key"],
        description="200: the task has ended, well or not; after retries it is the newest attempt. 202: it goes on; "
        "`retry_after` is more than zero if so many calls waited that this one did not.",
    )
    def post(self, request: Request, name: str) -> Response:
        asked = execution.read_execution(self.actor, name, self.body)
        made = once(request._request, self.actor, self.body, lambda: self._begin(asked)).outcome.made
        outlook = execution.wait_for(UUID(made), asked.timeout)
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


_render = services.render_function
