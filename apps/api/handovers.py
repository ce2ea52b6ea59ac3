"""`/handovers` and `/inbox`: what people are asked, and their answers."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.db.models import F, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from apps.actors.actor import SYSTEM, Actor
from apps.core.errors import Invalid, NotFound, Problem, TaskHubError, VersionMismatch
from apps.core.json_types import Json, JsonObject
from apps.core.sealing import fingerprint
from apps.tasks import access, bodies, queries, receipts, rendering, services
from apps.tasks.access import TaskPermissions
from apps.tasks.models import Handover

from .description import PAGE, describes
from .pagination import Order, answer_page, orders
from .resource import Outcome, Rendered, Resource
from .responses import dumps
from .schemas import page_of, ref
from .versions import wanted_versions

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
ORDERS = {**orders("created_at", created_at="id"), **orders("due_at", due_at="urgency")}
INBOX_ORDERS = {"urgency": Order(("urgency", "-importance", "created_at", "id"))}
FILTERS = ("state", "task")
HEADERS = ("If-Match", "Idempotency-Key")


def render_handover(actor: Actor, handover: Handover) -> Rendered:
    """A handover as the actor may see it."""
    known = handover if handover.is_open else None
    permissions = TaskPermissions(actor, handover.task, known_handover=known)
    return versioned(permissions, handover, rendering.render_handover(permissions, handover))


def versioned(permissions: TaskPermissions, handover: Handover, body: JsonObject) -> Rendered:
    """With its version: what it shows, part by part, and all the rest."""
    shown = receipts.version_of(permissions, handover)
    return {**body, "version": f"{shown}-{fingerprint(dumps(body)).hex()[:16]}"}


def render_one(actor: Actor, handover_id: object) -> Rendered:
    """The same, by its id. Raises NotFound."""
    return render_handover(actor, queries.read_handover(actor, handover_id))


def render_page(actor: Actor, rows: Any) -> list[Rendered]:
    """Many handovers without a query for each."""
    all_permissions = {
        found.task.pk: found
        for found in access.all_permissions(actor, {row.task_id: row.task for row in rows}.values())
    }
    return [
        versioned(all_permissions[row.task_id], row, rendering.render_handover(all_permissions[row.task_id], row))
        for row in rows
    ]


def was_asked_before(actor: Actor, task: str, key: str | None) -> bool:
    """Whether a handover with that key is there already. Raises NotFound for the task."""
    return key is not None and Handover.objects.filter(task=access.get_task(actor, task), key=key).exists()


def _urgent(rows: Any) -> Any:
    return rows.annotate(urgency=Coalesce("due_at", Value(NEVER)), importance=F("task__priority"))


class Handovers(Resource):
    """Those on tasks that exist for the caller."""

    parameters = frozenset([*PAGE, *FILTERS])

    @describes("list_handovers", "List handovers", answer=page_of("Handover"), query=[*PAGE, *FILTERS])
    def get(self, request: Request) -> Response:
        rows = _urgent(queries.handovers_for(self.actor))
        if states := request.query_params.get("state"):
            rows = rows.filter(state__in=self._states(states))
        if task := request.query_params.get("task"):
            rows = rows.filter(task__in=self._tasks(task))
        return answer_page(
            request, rows, render=lambda page: render_page(self.actor, page), orders=ORDERS, order="-created_at"
        )

    def _states(self, text: str) -> list[str]:
        states = text.split(",")
        if not set(states) <= set(Handover.State.values):
            raise Invalid.at("/state", _("The states are: %(names)s.") % {"names": ", ".join(Handover.State.values)})
        return states

    def _tasks(self, name: str) -> list[Any]:
        try:
            return [access.get_task(self.actor, name).pk]
        except NotFound:
            return []


class OneHandover(Resource):
    """One of them, and what is done to it."""

    @describes("get_handover", "Read a handover", answer=ref("Handover"))
    def get(self, request: Request, id: str) -> Response:
        return self.answer(render_one(self.actor, id))

    def act(self, id: str, work: Callable[[], Handover]) -> Response:
        """One POST on it; answers it as the caller sees it afterwards."""
        done: list[Handover] = []

        def once() -> Outcome:
            with self.if_match(lambda: render_one(self.actor, id), hold=lambda: self._hold(id)):
                done.append(work())
            return Outcome(200, str(done[0].pk))

        return self.post_once(
            once,
            lambda made: render_handover(self.actor, done[0]) if done else render_one(self.actor, made),
            likely=Outcome(200, id),
        )

    def _hold(self, id: str) -> None:
        """Lock the task, as every write to its handover does."""
        access.get_task(SYSTEM, str(queries.get_handover(self.actor, id).task_id), lock=True)


class Claim(OneHandover):
    """Making it one's own."""

    http_method_names = ("post",)

    @describes("claim_handover", "Claim a handover", answer=ref("Handover"), headers=HEADERS)
    def post(self, request: Request, id: str) -> Response:
        self.require_no_body()
        return self.act(id, lambda: services.claim_handover(self.actor, id))


class Release(OneHandover):
    """Giving the claim back."""

    http_method_names = ("post",)

    @describes("release_handover", "Release a claim", answer=ref("Handover"), headers=HEADERS)
    def post(self, request: Request, id: str) -> Response:
        self.require_no_body()
        return self.act(id, lambda: services.release_handover(self.actor, id))


class Submit(OneHandover):
    """The answer."""

    http_method_names = ("post",)

    @describes("submit_handover", "Answer a handover", answer=ref("Handover"), body=bodies.SUBMIT, headers=HEADERS)
    def post(self, request: Request, id: str) -> Response:
        body = services.read_answer(self.actor, self.body, id)
        try:
            return self.act(id, lambda: services.submit_handover(self.actor, id, **body))
        except VersionMismatch as error:
            error.errors = error.errors or self._changed(id)
            raise

    def _changed(self, id: str) -> list[Problem]:
        """What the caller sees changed since the version that If-Match names."""
        wanted = wanted_versions(self.request._request) or [""]
        try:
            handover = queries.read_handover(self.actor, id)
        except NotFound:
            return []
        permissions = TaskPermissions(self.actor, handover.task)
        return receipts.changed(permissions, handover, wanted[0].partition("-")[0])


class BulkSubmit(Resource):
    """Many answers."""

    @describes(
        "submit_handovers",
        "Answer up to 100 handovers", answer=ref("BulkAnswers"), body=bodies.BULK_SUBMIT, headers=["Idempotency-Key"],
        description="One result for each, in order; a refused one does not spoil the others.",
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        answers = bodies.BULK_SUBMIT.require(self.body)["answers"]
        return self.post_once(lambda: Outcome(200, self._submit(answers)), lambda made: {"results": made})

    def _submit(self, answers: list[Json]) -> list[JsonObject]:
        results = services.submit_handovers(self.actor, answers)
        pairs = zip(answers, results, strict=True)
        return [_render_result(index, answer, result) for index, (answer, result) in enumerate(pairs)]


def _render_result(index: int, answer: Json, result: Handover | TaskHubError) -> JsonObject:
    if isinstance(result, Handover):
        return {"ok": True, "handover": str(result.pk), "status": 200, "code": None}
    name = answer.get("handover") if isinstance(answer, dict) else None
    errors = [problem.under(f"/answers/{index}").as_json() for problem in result.errors]
    refused = {"status": result.status, "code": result.code, "detail": result.detail, "errors": errors}
    return {"ok": False, "handover": name if isinstance(name, str) else None, **refused}


class ReceiptOf(Resource):
    """What the person who answered was shown."""

    @describes(
        "get_receipt",
        "What exactly a person was shown when they answered", answer=ref("Receipt"),
        description="404 while nobody has answered. Fields that are hidden from you are missing.",
    )  # fmt: skip
    def get(self, request: Request, id: str) -> Response:
        return self.answer(rendering.render_receipt(*queries.get_receipt(self.actor, id)))


class Draft(OneHandover):
    """What was typed so far."""

    http_method_names = ("put",)

    @describes(
        "put_draft", "Keep a draft of the answer", answer=ref("Handover"), body=bodies.DRAFT, headers=["If-Match"]
    )
    def put(self, request: Request, id: str) -> Response:
        body = bodies.DRAFT.require(self.body)
        with self.if_match(lambda: render_one(self.actor, id), hold=lambda: self._hold(id)):
            handover = services.save_draft(self.actor, id, **body)
        return self.answer(render_handover(self.actor, handover))


class Decline(OneHandover):
    """Refusing to answer."""

    http_method_names = ("post",)

    @describes("decline_handover", "Decline a handover", answer=ref("Handover"), body=bodies.DECLINE, headers=HEADERS)
    def post(self, request: Request, id: str) -> Response:
        body = bodies.DECLINE.require(self.body)
        return self.act(id, lambda: services.decline_handover(self.actor, id, **body))


class Delegate(OneHandover):
    """Passing it on."""

    http_method_names = ("post",)

    @describes(
        "delegate_handover",
        "Give a handover to somebody else",
        answer=ref("Handover"),
        body=bodies.DELEGATE,
        headers=HEADERS,
    )
    def post(self, request: Request, id: str) -> Response:
        body = bodies.DELEGATE.require(self.body)
        return self.act(id, lambda: services.delegate_handover(self.actor, id, **body))


class Resolve(OneHandover):
    """Giving back what was delegated."""

    http_method_names = ("post",)

    @describes(
        "resolve_handover",
        "Give a delegated handover back",
        answer=ref("Handover"),
        body=bodies.RESOLVE,
        headers=HEADERS,
    )
    def post(self, request: Request, id: str) -> Response:
        body = bodies.RESOLVE.require(self.body)
        return self.act(id, lambda: services.resolve_handover(self.actor, id, **body))


class Withdraw(OneHandover):
    """Taking the question back."""

    http_method_names = ("post",)

    @describes("withdraw_handover", "Withdraw a handover", answer=ref("Handover"), headers=HEADERS)
    def post(self, request: Request, id: str) -> Response:
        self.require_no_body()
        return self.act(id, lambda: services.withdraw_handover(self.actor, id))


class Inbox(Resource):
    """What waits for the caller."""

    parameters = frozenset(PAGE)

    @describes(
        "list_inbox", "Open handovers that you may answer, most urgent first", answer=page_of("Handover"), query=PAGE
    )
    def get(self, request: Request) -> Response:
        rows = _urgent(queries.inbox(self.actor))
        return answer_page(
            request, rows, render=lambda page: render_page(self.actor, page), orders=INBOX_ORDERS, order="urgency"
        )


class TakeNext(Resource):
    """The most urgent one of a team."""

    @describes(
        "take_next_handover",
        "Claim the most urgent handover of your teams", answer=ref("Handover"), empty="Nothing waits.",
        body=bodies.TAKE_NEXT, headers=["Idempotency-Key"], description="Never the same for two.",
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        team = bodies.TAKE_NEXT.require(self.body).get("team")
        return self.post_once(lambda: self._take(team), self._render)

    def _take(self, team: str | None) -> Outcome:
        handover = services.take_next(self.actor, team=team)
        return Outcome(204, "") if handover is None else Outcome(200, str(handover.pk))

    def _render(self, made: Json) -> Rendered | None:
        return render_one(self.actor, made) if made else None
