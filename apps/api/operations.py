"""`/operations`: repairing many tasks at once. `/failures`: what there is to repair."""

from collections.abc import Callable

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import Invalid
from apps.operations import access, failures, queries, services
from apps.operations.bodies import CANARY, OPERATION
from apps.operations.models import Item, Operation, State

from .components import EXCLUDED
from .description import PAGE, describes
from .pagination import answer_page, orders
from .resource import Outcome, Rendered, Resource
from .schemas import (
    FREE,
    ID,
    TEXT,
    TIME,
    WHOLE,
    answer,
    component,
    listed,
    maybe,
    one_of,
    optional,
    page_of,
    ref,
)

ORDERS = orders("started_at", started_at="id")
ITEM_ORDERS = orders("id")
PLAN = component("OperationPlan", answer(kind=TEXT, matched=WHOLE, excluded=listed(EXCLUDED), plan=TEXT))
COUNT = optional(WHOLE)
component(
    "Operation",
    {
        **answer(
            id=ID, kind=TEXT, state=one_of(*State.values), by=TEXT, reason=TEXT, filter=maybe(FREE),
            canary=maybe(ref(CANARY.name)), max_per_second=optional(WHOLE),
            **dict.fromkeys(queries.COUNTS, COUNT), started_at=TIME, ended_at=optional(TIME),
        ),
        "description": "The counts and the filter are null for who is not its author.",
    },
)  # fmt: skip
component(
    "OperationItem",
    answer(task=ID, outcome=one_of(*Item.Outcome.values), code=optional(TEXT), detail=optional(TEXT), at=TIME),
)
component(
    "FailureGroup",
    answer(
        container=TEXT, type=TEXT, type_version=WHOLE, function=optional(TEXT), step=optional(TEXT),
        error=optional(TEXT), count=WHOLE, first_seen=TIME, last_seen=TIME, trend=listed(WHOLE), sample=listed(ID),
        filter=FREE,
    ),
)  # fmt: skip
GROUPS = component("Failures", answer(counted_to=WHOLE, counted=WHOLE, since=TIME, results=listed(ref("FailureGroup"))))


class Operations(Resource):
    """Those of the caller, and of applications that they own."""

    parameters = frozenset(PAGE)

    @describes("list_operations", "List operations", answer=page_of("Operation"), query=PAGE)
    def get(self, request: Request) -> Response:
        return answer_page(
            request,
            access.visible_to(self.actor),
            render=lambda page: [queries.render_operation(self.actor, row) for row in page],
            orders=ORDERS,
            order="-started_at",
        )

    @describes(
        "create_operation", "Plan an operation over many tasks, or begin what was planned",
        answer={"oneOf": [ref("Operation"), PLAN]}, status=(200, 202), body=OPERATION, headers=["Idempotency-Key"],
        description="With `dry_run` it answers 200 and what would be done. With the `plan` of that answer it begins, "
        "and answers 202; 409 `plan_changed` with the new counts if it would do something else by now.",
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        return self.post_once(self._plan_or_begin, self._render)

    def _plan_or_begin(self) -> Outcome:
        body, options, plan = services.plan_operation(self.actor, self.body)
        if body.get("dry_run"):
            return Outcome(200, {"kind": body["kind"], **plan.render()})
        return Outcome(202, str(services.begin_operation(self.actor, body, options, plan).pk))

    def _render(self, made: Rendered | str) -> Rendered:
        return render(self, made) if isinstance(made, str) else made


def render(resource: Resource, id: str) -> Rendered:
    """The operation as it is now. Raises NotFound."""
    return queries.render_operation(resource.actor, access.get_operation(resource.actor, id))


class OneOperation(Resource):
    """One of them."""

    @describes("get_operation", "Read an operation and its counts", answer=ref("Operation"))
    def get(self, request: Request, id: str) -> Response:
        return self.answer(render(self, id))


class _Step(Resource):
    """A POST that changes the state of an operation."""

    def step(self, work: Callable[[], Operation]) -> Response:
        """Do it once and answer the operation."""
        self.require_no_body()
        return self.post_once(lambda: Outcome(200, str(work().pk)), lambda made: render(self, made))


class Stop(_Step):
    """No further task."""

    @describes(
        "stop_operation", "Stop an operation: no further task is worked on",
        answer=ref("Operation"), headers=["Idempotency-Key"],
    )  # fmt: skip
    def post(self, request: Request, id: str) -> Response:
        return self.step(lambda: services.stop_operation(self.actor, id))


class Resume(_Step):
    """Go on."""

    @describes(
        "resume_operation", "Go on with an operation that was stopped, or held by its canary",
        answer=ref("Operation"), headers=["Idempotency-Key"],
    )  # fmt: skip
    def post(self, request: Request, id: str) -> Response:
        return self.step(lambda: services.resume_operation(self.actor, id))


class Items(Resource):
    """What was done to each task."""

    parameters = frozenset({*PAGE, "outcome"})

    @describes(
        "list_operation_items", "List what an operation did to each task", answer=page_of("OperationItem"),
        query=[*PAGE, "outcome"],
    )  # fmt: skip
    def get(self, request: Request, id: str) -> Response:
        return answer_page(
            request,
            queries.list_items(self.actor, id, _outcomes(request)),
            render=lambda page: [queries.render_item(row) for row in page],
            orders=ITEM_ORDERS,
            order="id",
        )


def _outcomes(request: Request) -> list[str]:
    """The outcomes that the parameter names, with commas. Raises Invalid for others."""
    text = request.query_params.get("outcome")
    names = [] if text is None else text.split(",")
    if not set(names) <= set(Item.Outcome.values):
        detail = _("The outcomes are: %(names)s.") % {"names": ", ".join(Item.Outcome.values)}
        raise Invalid.at("/outcome", detail)
    return names


class Failures(Resource):
    """Failed tasks in groups."""

    parameters = frozenset({"since"})

    @describes(
        "list_failures", "List what failed, in groups", answer=GROUPS, query=["since"],
        description="By container, type and version, function, step and name of the error, the latest first. The "
        "newest `counted_to` failed tasks that you see are counted. `filter` of a group finds its tasks, also for an "
        "operation.",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        return Response(failures.list_failures(self.actor, since=request.query_params.get("since")))
