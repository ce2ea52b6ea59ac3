"""`/handovers` and `/inbox`: what people are asked, and their answers."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import F, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from apps.actors.actor import SYSTEM, Actor
from apps.core.errors import Invalid, NotFound, Problem, TaskHubError, VersionMismatch
from apps.core.secrets import fingerprint
from apps.tasks import access, queries, receipts, rendering, services
from apps.tasks.access import Standing
from apps.tasks.models import Handover

from .answers import dumps
from .description import PAGE, describes, page_of, ref
from .pagination import Order, answer_page, orders
from .resource import Outcome, Rendered, Resource
from .task_shapes import (
    BulkSubmitBody,
    CommentBody,
    DelegateBody,
    DraftBody,
    NothingBody,
    OneAnswerBody,
    ResolveBody,
    SubmitBody,
    TakeNextBody,
)
from .versions import wanted_versions

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
ORDERS = {**orders("created_at", created_at="id"), **orders("due_at", due_at="urgency")}
INBOX_ORDERS = {"urgency": Order(("urgency", "-importance", "created_at", "id"))}
FILTERS = ("state", "task")
HEADERS = ("If-Match", "Idempotency-Key")


def render_handover(actor: Actor, handover: Handover) -> Rendered:
    """A handover as the actor may see it."""
    known = handover if handover.is_open else None
    standing = Standing(actor, handover.task, known_handover=known)
    return versioned(standing, handover, rendering.render_handover(standing, handover))


def versioned(standing: Standing, handover: Handover, body: dict[str, Any]) -> Rendered:
    """With its version: what it shows, part by part, and all the rest."""
    shown = receipts.version_of(standing, handover)
    return {**body, "version": f"{shown}-{fingerprint(dumps(body)).hex()[:16]}"}


def render_one(actor: Actor, handover_id: object) -> Rendered:
    """The same, by its id. Raises NotFound."""
    return render_handover(actor, services.read_handover(actor, handover_id))


def render_page(actor: Actor, rows: Any) -> list[Rendered]:
    """Many handovers without a query for each."""
    standings = {
        found.task.pk: found for found in rendering.standings(actor, {row.task_id: row.task for row in rows}.values())
    }
    return [
        versioned(standings[row.task_id], row, rendering.render_handover(standings[row.task_id], row)) for row in rows
    ]


def was_asked_before(actor: Actor, task: str, key: str | None) -> bool:
    """Whether a handover with that key is there already. Raises NotFound for the task."""
    return key is not None and Handover.objects.filter(task=access.get_task(actor, task), key=key).exists()


def _urgent(rows: Any) -> Any:
    return rows.annotate(urgency=Coalesce("due_at", Value(NEVER)), importance=F("task__priority"))


class Handovers(Resource):
    """Those on tasks that exist for the caller."""

    parameters = frozenset([*PAGE, *FILTERS])

    @describes("List handovers", answer=page_of("Handover"), query=[*PAGE, *FILTERS])
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

    @describes("Read a handover", answer=ref("Handover"))
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
            once, lambda made: render_handover(self.actor, done[0]) if done else render_one(self.actor, made)
        )

    def _hold(self, id: str) -> None:
        """Lock the task, as every write to its handover does."""
        access.get_task(SYSTEM, str(services.get_handover(self.actor, id).task_id), lock=True)


class Claim(OneHandover):
    """Making it one's own."""

    http_method_names = ("post",)

    @describes("Claim a handover", answer=ref("Handover"), body=NothingBody, headers=HEADERS)
    def post(self, request: Request, id: str) -> Response:
        NothingBody.read(self.body)
        return self.act(id, lambda: services.claim_handover(self.actor, id))


class Release(OneHandover):
    """Giving the claim back."""

    http_method_names = ("post",)

    @describes("Release a claim", answer=ref("Handover"), body=NothingBody, headers=HEADERS)
    def post(self, request: Request, id: str) -> Response:
        NothingBody.read(self.body)
        return self.act(id, lambda: services.release_handover(self.actor, id))


class Submit(OneHandover):
    """The answer."""

    http_method_names = ("post",)

    @describes("Answer a handover", answer=ref("Handover"), body=SubmitBody, headers=HEADERS)
    def post(self, request: Request, id: str) -> Response:
        body = _said(SubmitBody.read(self.body))
        if "version" in body:
            body["version"] = body["version"].partition("-")[0]
        try:
            return self.act(id, lambda: services.submit_handover(self.actor, id, **body))
        except VersionMismatch as error:
            error.errors = error.errors or self._changed(id)
            raise

    def _changed(self, id: str) -> list[Problem]:
        """What the caller sees changed since the version that If-Match names."""
        wanted = wanted_versions(self.request._request) or [""]
        try:
            handover = services.read_handover(self.actor, id)
        except NotFound:
            return []
        standing = Standing(self.actor, handover.task)
        return receipts.changed(standing, handover, wanted[0].partition("-")[0])


class BulkSubmit(Resource):
    """Many answers."""

    @describes(
        "Answer up to 100 handovers", answer=ref("BulkAnswers"), body=BulkSubmitBody, headers=["Idempotency-Key"],
        description="One result for each, in order; a refused one does not spoil the others.",
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        answers = BulkSubmitBody.read(self.body)["answers"]
        return self.post_once(lambda: Outcome(200, self._submit(answers)), lambda made: {"results": made})

    def _submit(self, answers: list[Any]) -> list[dict[str, Any]]:
        read = [_read_answer(said) for said in answers]
        done = iter(services.submit_handovers(self.actor, [said for said in read if isinstance(said, dict)]))
        return [_told(index, said, next(done) if isinstance(said, dict) else said) for index, said in enumerate(read)]


def _read_answer(said: Any) -> dict[str, Any] | Invalid:
    try:
        body = _said(OneAnswerBody.read(said))
    except Invalid as error:
        return error
    return {**body, "version": body["version"].partition("-")[0]} if "version" in body else body


def _told(index: int, said: Any, result: Handover | TaskHubError) -> dict[str, Any]:
    name = str(said["handover"]) if isinstance(said, dict) else None
    if isinstance(result, Handover):
        return {"ok": True, "handover": str(result.pk), "status": 200, "code": None}
    errors = [problem.under(f"/answers/{index}").as_json() for problem in result.errors]
    refused = {"status": result.status, "code": result.code, "detail": result.detail, "errors": errors}
    return {"ok": False, "handover": name, **refused}


class ReceiptOf(Resource):
    """What the person who answered was shown."""

    @describes(
        "What exactly a person was shown when they answered", answer=ref("Receipt"),
        description="404 while nobody has answered. Fields that are hidden from you are missing.",
    )  # fmt: skip
    def get(self, request: Request, id: str) -> Response:
        return self.answer(receipts.render(*services.get_receipt(self.actor, id)))


class Draft(OneHandover):
    """What was typed so far."""

    http_method_names = ("put",)

    @describes("Keep a draft of the answer", answer=ref("Handover"), body=DraftBody, headers=["If-Match"])
    def put(self, request: Request, id: str) -> Response:
        body = DraftBody.read(self.body)
        with self.if_match(lambda: render_one(self.actor, id), hold=lambda: self._hold(id)):
            handover = services.save_draft(self.actor, id, fields=body["fields"])
        return self.answer(render_handover(self.actor, handover))


class Decline(OneHandover):
    """Refusing to answer."""

    http_method_names = ("post",)

    @describes("Decline a handover", answer=ref("Handover"), body=CommentBody, headers=HEADERS)
    def post(self, request: Request, id: str) -> Response:
        body = CommentBody.read(self.body)
        return self.act(id, lambda: services.decline_handover(self.actor, id, **_said(body)))


class Delegate(OneHandover):
    """Passing it on."""

    http_method_names = ("post",)

    @describes("Give a handover to somebody else", answer=ref("Handover"), body=DelegateBody, headers=HEADERS)
    def post(self, request: Request, id: str) -> Response:
        body = DelegateBody.read(self.body)
        return self.act(id, lambda: services.delegate_handover(self.actor, id, **body))


class Resolve(OneHandover):
    """Giving back what was delegated."""

    http_method_names = ("post",)

    @describes("Give a delegated handover back", answer=ref("Handover"), body=ResolveBody, headers=HEADERS)
    def post(self, request: Request, id: str) -> Response:
        body = ResolveBody.read(self.body)
        return self.act(id, lambda: services.resolve_handover(self.actor, id, **_said(body)))


class Withdraw(OneHandover):
    """Taking the question back."""

    http_method_names = ("post",)

    @describes("Withdraw a handover", answer=ref("Handover"), body=NothingBody, headers=HEADERS)
    def post(self, request: Request, id: str) -> Response:
        NothingBody.read(self.body)
        return self.act(id, lambda: services.withdraw_handover(self.actor, id))


def _said(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body without what is null."""
    return {name: value for name, value in body.items() if value is not None}


class Inbox(Resource):
    """What waits for the caller."""

    parameters = frozenset(PAGE)

    @describes("Open handovers that you may answer, most urgent first", answer=page_of("Handover"), query=PAGE)
    def get(self, request: Request) -> Response:
        rows = _urgent(queries.inbox(self.actor))
        return answer_page(
            request, rows, render=lambda page: render_page(self.actor, page), orders=INBOX_ORDERS, order="urgency"
        )


class TakeNext(Resource):
    """The most urgent one of a team."""

    @describes(
        "Claim the most urgent handover of your teams", answer=ref("Handover"), body=TakeNextBody,
        headers=["Idempotency-Key"], description="Never the same for two. 404 when nothing waits.",
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        team = TakeNextBody.read(self.body).get("team")
        return self.post_once(
            lambda: Outcome(200, str(services.take_next(self.actor, team=team).pk)),
            lambda made: render_one(self.actor, made),
        )
