"""`/tasks`: making, finding, reading and changing tasks."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from apps.actors.actor import Actor
from apps.core.errors import Invalid, NotFound, TaskHubError
from apps.tasks import access, rendering, search, services
from apps.tasks.access import Standing
from apps.tasks.models import Task

from .description import PAGE, describes, page_of, ref
from .filters import FILTERS, is_field_filter
from .pagination import answer_page, flag_of
from .resource import Outcome, Rendered, Resource
from .task_pages import DEFAULT_ORDER, ORDERS, TaskRows
from .task_shapes import BulkBody, EditBody, TaskBody, problems_under
from .versions import wanted_version


def render(actor: Actor, name: object) -> Rendered:
    """The task as it is now, for this actor. Raises NotFound."""
    return rendering.render_task(Standing(actor, access.get_task(actor, name)))


def render_done(actor: Actor, name: str) -> Rendered:
    """The task after a change by this actor; its id alone if the change took it out of their sight."""
    try:
        return render(actor, name)
    except NotFound:
        return {"id": name}


class TaskResource(Resource):
    """What the paths below one task share."""

    def answer_task(self, task: Task, status: int = 200) -> Response:
        """A task after a change, read anew."""
        return self.answer(render_done(self.actor, str(task.pk)), status)

    def of_version(self, name: str) -> AbstractContextManager[None]:
        """What hangs on the task is written only if the task is what the caller read (If-Match)."""
        return self.if_match(
            lambda: render(self.actor, name), hold=lambda: access.get_task(self.actor, name, lock=True)
        )

    def standing(self, name: str) -> Standing:
        """The caller before the task. Raises NotFound."""
        return Standing(self.actor, access.get_task(self.actor, name))


class Tasks(Resource):
    """All that exist for the caller."""

    parameters = frozenset([*PAGE, *FILTERS])

    def knows_parameter(self, name: str) -> bool:
        return super().knows_parameter(name) or is_field_filter(name)

    @describes(
        "List tasks",
        answer=page_of("Task"),
        query=[*PAGE, *FILTERS],
        description="Besides the parameters below, `fields.NAME=` compares a field; `fields.NAME__gt`, `__gte`, "
        "`__lt`, `__lte`, `__contains` and `__isnull` do too. Several values are given with commas.",
    )
    def get(self, request: Request) -> Response:
        return self.list(request)

    def list(self, request: Request) -> Response:
        """The page of tasks that the parameters ask for."""
        return answer_page(
            request,
            TaskRows(self.actor, request.query_params),
            render=self.render_page,
            orders=ORDERS,
            order=DEFAULT_ORDER,
        )

    def render_page(self, page: Sequence[Task]) -> Sequence[Rendered]:
        """The tasks of a page."""
        return [*rendering.render_many(self.actor, page)]

    @describes(
        "Make a task",
        answer=ref("Task"),
        status=(200, 201),
        body=TaskBody,
        headers=["Idempotency-Key"],
        description="With the `external_id` of an earlier task and an equal body it answers that one, with 200.",
    )
    def post(self, request: Request) -> Response:
        body = TaskBody.read(self.body)
        return self.post_once(lambda: self._make(body), lambda made: render_done(self.actor, made))

    def _make(self, body: dict[str, Any]) -> Outcome:
        task, created = services.create_task(self.actor, body)
        return Outcome(201 if created else 200, str(task.pk))


class BulkTasks(Resource):
    """Many at once."""

    @describes(
        "Make up to 1,000 tasks",
        answer=ref("BulkResults"),
        body=BulkBody,
        headers=["Idempotency-Key"],
        description="One result for each, in order; a bad one does not spoil the others, unless `atomic` is said.",
    )
    def post(self, request: Request) -> Response:
        body = BulkBody.read(self.body)
        return self.post_once(
            lambda: Outcome(200, self._make(body["tasks"], atomic=body.get("atomic", False))),
            lambda made: {"results": made},
        )

    def _make(self, tasks: list[Any], *, atomic: bool) -> list[dict[str, Any]]:
        read = [self._read(body, index, atomic=atomic) for index, body in enumerate(tasks)]
        good = [body for body in read if isinstance(body, dict)]
        made = iter(services.create_tasks(self.actor, good, atomic=atomic))
        results = (next(made) if isinstance(body, dict) else body for body in read)
        return [self._result(result, f"/tasks/{index}") for index, result in enumerate(results)]

    def _read(self, body: Any, index: int, *, atomic: bool) -> dict[str, Any] | Invalid:
        try:
            return TaskBody.read(body)
        except Invalid as error:
            if atomic:
                raise problems_under(error, f"/tasks/{index}") from None
            return error

    def _result(self, result: tuple[Task, bool] | TaskHubError, at: str) -> dict[str, Any]:
        if isinstance(result, TaskHubError):
            problems = [problem.under(at).as_json() for problem in result.errors]
            refused = {"status": result.status, "code": result.code, "detail": result.detail, "errors": problems}
            return {"ok": False, "task": None, "key": None, **refused}
        task, created = result
        return {"ok": True, "task": str(task.pk), "key": task.key, "status": 201 if created else 200, "code": None}


class OneTask(TaskResource):
    """One task, by its id or key."""

    write_parameters = frozenset({"preview"})

    @describes("Read a task", answer=ref("Task"))
    def get(self, request: Request, id: str) -> Response:
        return self.answer(render(self.actor, id))

    @describes(
        "Change a task",
        answer={"oneOf": [ref("Task"), ref("Exposure")]},
        body=EditBody,
        query=["preview"],
        headers=["If-Match"],
        description="Only what the body names changes; `fields` are merged. A privacy that lets somebody in answers "
        "409 `confirm_widen` with `gains` and `loses`, unless `confirm_widen` is true. With `preview=true` the answer "
        "is that alone, and nothing is changed.",
    )
    def patch(self, request: Request, id: str) -> Response:
        changes = EditBody.read(self.body)
        confirmed = bool(changes.pop("confirm_widen", False))
        if flag_of(request, "preview"):
            return Response(services.preview_privacy(self.actor, id, changes).as_json())
        version = wanted_version(request._request)
        task = services.edit_task(self.actor, id, changes, if_match=version, confirm_widen=confirmed)
        return self.answer_task(task)


class Search(Tasks):
    """Tasks by words."""

    http_method_names = ("get", "head")

    @describes(
        "Find tasks by words",
        answer=page_of("FoundTask"),
        query=[*PAGE, *FILTERS],
        description="As `GET /tasks` with `q`; each task has a `passage` of what you may read in it.",
    )
    def get(self, request: Request) -> Response:
        if not request.query_params.get("q", "").strip():
            raise Invalid.at("/q", _("Say what to search: q."))
        return self.list(request)

    def render_page(self, page: Sequence[Task]) -> Sequence[Rendered]:
        found = rendering.standings(self.actor, page)
        said = search.snippets(self.actor, found, self.request.query_params["q"])
        return [
            {**rendering.render_task(standing), "passage": _passage(said.get(standing.task.pk))} for standing in found
        ]


def _passage(passage: search.Passage | None) -> dict[str, str] | None:
    return {"part": passage.part, "label": passage.label, "text": passage.text} if passage else None
