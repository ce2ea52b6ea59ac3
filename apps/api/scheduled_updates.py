"""`/tasks/{id}/scheduled-updates`: changes of a task that happen by themselves."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.tasks import services
from apps.tasks.services import planning

from .description import describes, page_of, ref
from .pagination import answer_list
from .resource import Outcome, Resource
from .strict import FreeObject, Shape, Text, Time
from .task_shapes import EditBody
from .tasks import TaskResource

HEADERS = ("If-Match", "Idempotency-Key")
LIST = ("limit", "cursor", "count")


class ScheduledUpdateBody(Shape):
    """What changes, and when."""

    at = Time()
    set = EditBody(required=False, help_text="What PATCH takes.")
    transition = Text(required=False, allow_null=True, max_length=63)
    input = FreeObject(required=False, help_text="What the transition asks for.")


class ScheduledUpdates(TaskResource):
    """The changes that are planned for a task, and what became of them."""

    parameters = frozenset(LIST)

    @describes(
        "List the scheduled updates of a task", answer=page_of("ScheduledUpdate"), query=LIST,
        description="Those that you made; and all, for those who work on the task.",
    )  # fmt: skip
    def get(self, request: Request, id: str) -> Response:
        standing = self.standing(id)
        rows = services.list_scheduled_updates(standing)
        return answer_list(request, [planning.render(standing, row) for row in rows])

    @describes(
        "Plan a change of a task", answer=ref("ScheduledUpdate"), status=201, body=ScheduledUpdateBody, headers=HEADERS,
        description="It is done once, at its time, with the rights that you have then; a refusal is told in an event.",
    )  # fmt: skip
    def post(self, request: Request, id: str) -> Response:
        body = ScheduledUpdateBody.read(self.body)
        return self.post_once(lambda: self._plan(id, body), self._render)

    def _plan(self, id: str, body: dict[str, Any]) -> Outcome:
        with self.of_version(id):
            return Outcome(201, str(services.schedule_update(self.actor, id, **body).pk))

    def _render(self, made: str) -> dict[str, Any]:
        return planning.render(*services.get_scheduled_update(self.actor, made))


class OneScheduledUpdate(Resource):
    """One of them."""

    @describes("Drop a scheduled update", status=204)
    def delete(self, request: Request, id: str) -> Response:
        services.drop_scheduled_update(self.actor, id)
        return Response(status=204)
