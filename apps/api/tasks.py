"""`/tasks`: making, finding, reading and changing tasks."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from apps.actors.actor import Actor
from apps.containers.type_document.spec import spec_of
from apps.core.errors import Invalid, NotFound, TaskHubError
from apps.core.ids import uuid7
from apps.core.json_types import Json, JsonObject
from apps.events import unit_of_work
from apps.tasks import access, bodies, rendering, search, services
from apps.tasks.access import TaskPermissions
from apps.tasks.filters import FILTERS, is_field_filter
from apps.tasks.models import Task

from .description import PAGE, describes
from .pagination import answer_page, flag_of
from .resource import Outcome, Rendered, Resource
from .schemas import page_of, ref
from .task_pages import DEFAULT_ORDER, ORDERS, TaskRows
from .versions import wanted_version


def render(actor: Actor, name: object) -> Rendered:
    """The task as it is now, for this actor. Raises NotFound."""
    return rendering.render_task(TaskPermissions(actor, access.get_task(actor, name)))


def render_done(actor: Actor, name: str) -> Rendered:
    """The task after a change by this actor; its id alone if they do not see it any more."""
    try:
        return render(actor, name)
    except NotFound:
        return {"id": name}


DONE = {"oneOf": [ref("Task"), ref("UnseenTask")]}
"""What `render_done` answers."""


class TaskResource(Resource):
    """What the paths below one task share."""

    def answer_task(self, task: Task) -> Response:
        """A task after a change, read anew."""
        return self.answer(render_done(self.actor, str(task.pk)))

    def of_version(self, name: str) -> AbstractContextManager[None]:
        """What hangs on the task is written only if the task is what the caller read (If-Match)."""
        return self.if_match(
            lambda: render(self.actor, name), hold=lambda: access.get_task(self.actor, name, lock=True)
        )

    def wanted_version(self, name: str) -> str | None:
        """The version of the task that the caller read (If-Match)."""
        return wanted_version(self.request._request, lambda: render(self.actor, name))

    def permissions(self, name: str) -> TaskPermissions:
        """The caller before the task. Raises NotFound."""
        return TaskPermissions(self.actor, access.get_task(self.actor, name))


class Tasks(Resource):
    """All that exist for the caller."""

    parameters = frozenset([*PAGE, *FILTERS])

    def knows_parameter(self, name: str) -> bool:
        return super().knows_parameter(name) or is_field_filter(name)

    @describes(
        "list_tasks",
        "List tasks",
        answer=page_of("Task"),
        query=[*PAGE, *FILTERS],
        description="Besides the parameters below, `fields.NAME=` compares a field; `fields.NAME__in` (with commas), "
        "`__gt`, `__gte`, `__lt`, `__lte`, `__contains` and `__isnull` do too.",
    )
    def get(self, request: Request) -> Response:
        return self.list(request)

    def list(self, request: Request) -> Response:
        """The page of tasks that the parameters ask for."""
        rows = TaskRows(self.actor, request.query_params)
        with rows.limited():
            return answer_page(request, rows, render=self.render_page, orders=ORDERS, order=DEFAULT_ORDER)

    def render_page(self, page: Sequence[Task]) -> Sequence[Rendered]:
        """The tasks of a page."""
        return [*rendering.render_many(self.actor, page)]

    @describes(
        "create_task",
        "Make a task",
        answer=DONE,
        status=(200, 201),
        body=bodies.CREATE,
        headers=["Idempotency-Key"],
        description="With the `external_id` of an earlier task and an equal body it answers that one, with 200.",
    )
    def post(self, request: Request) -> Response:
        id = uuid7()
        likely = Outcome(201, str(id))
        return services.until_free(lambda: self.post_once(lambda: self._make(id), self._render_made, likely=likely))

    def _make(self, id: UUID) -> Outcome:
        if unit_of_work.is_open():  # with a key: what is raised here undoes its record as well
            task, created = services.create_in_unit(self.actor, self.body, id)
        else:
            task, created = services.create_task(self.actor, self.body)
        self.made = task if created else None
        return Outcome(201 if created else 200, str(task.pk))

    made: Task | None = None

    def _render_made(self, name: str) -> Rendered:
        """The new task as it is at hand, unless its type may have moved it on meanwhile."""
        if self.made is None or spec_of(self.made.type_version).automatic:
            return render_done(self.actor, name)
        permissions = TaskPermissions(self.actor, self.made)
        return rendering.render_task(permissions) if permissions.sees() else {"id": name}


class BulkTasks(Resource):
    """Many at once."""

    @describes(
        "create_tasks",
        "Make up to 1,000 tasks",
        answer=ref("BulkResults"),
        body=bodies.BULK,
        headers=["Idempotency-Key"],
        description="One result for each, in order; a bad one does not spoil the others, unless `atomic` is true.",
    )
    def post(self, request: Request) -> Response:
        body = bodies.BULK.require(self.body)
        return self.post_once(
            lambda: Outcome(200, self._make(body["tasks"], atomic=body.get("atomic", False))),
            lambda made: {"results": made},
        )

    def _make(self, tasks: list[Json], *, atomic: bool) -> list[JsonObject]:
        results = services.create_tasks(self.actor, tasks, atomic=atomic)
        return [self._result(result, f"/tasks/{index}") for index, result in enumerate(results)]

    def _result(self, result: tuple[Task, bool] | TaskHubError, at: str) -> JsonObject:
        if isinstance(result, TaskHubError):
            problems = [problem.under(at).as_json() for problem in result.errors]
            refused = {"status": result.status, "code": result.code, "detail": result.detail, "errors": problems}
            return {"ok": False, "task": None, "key": None, **refused}
        task, created = result
        return {"ok": True, "task": str(task.pk), "key": task.key, "status": 201 if created else 200, "code": None}


class OneTask(TaskResource):
    """One task, by its id or key."""

    write_parameters = frozenset({"preview"})

    @describes("get_task", "Read a task", answer=ref("Task"))
    def get(self, request: Request, id: str) -> Response:
        return self.answer(render(self.actor, id))

    @describes(
        "update_task",
        "Change a task",
        answer={"oneOf": [*DONE["oneOf"], ref("Exposure")]},
        body=bodies.EDIT,
        query=["preview"],
        headers=["If-Match"],
        description="Only what the body names changes; `fields` are merged. A privacy that lets somebody in answers "
        "409 `confirm_widen` with `gains` and `loses`, unless `confirm_widen` is true. With `preview=true` the answer "
        "is that alone, and nothing is changed.",
    )
    def patch(self, request: Request, id: str) -> Response:
        if flag_of(request, "preview"):
            return Response(services.preview_privacy(self.actor, id, self.body).as_json())
        version = self.wanted_version(id)
        task = services.edit_task(self.actor, id, self.body, if_match=version)
        return self.answer_task(task)


class Search(Tasks):
    """Tasks by words."""

    http_method_names = ("get", "head")

    @describes(
        "search_tasks",
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
        permitted = access.all_permissions(self.actor, page)
        snippets = search.snippets(self.actor, permitted, self.request.query_params["q"])
        return [
            {**rendering.render_task(permissions), "passage": _passage(snippets.get(permissions.task.pk))}
            for permissions in permitted
        ]


def _passage(passage: search.Snippet | None) -> dict[str, str] | None:
    return {"part": passage.part, "label": passage.label, "text": passage.text} if passage else None
