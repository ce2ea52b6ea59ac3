"""`/tasks/{id}/scheduled-updates`: changes of a task that happen by themselves."""

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.json_types import JsonObject
from apps.tasks import bodies, queries, rendering, services

from .description import describes
from .pagination import answer_list
from .resource import Outcome, Resource
from .schemas import page_of, ref
from .tasks import TaskResource

HEADERS = ("If-Match", "Idempotency-Key")
LIST = ("limit", "cursor", "count")


class ScheduledUpdates(TaskResource):
    """The changes that are planned for a task, and what became of them."""

    parameters = frozenset(LIST)

    @describes(
        "list_scheduled_updates",
        "List the scheduled updates of a task", answer=page_of("ScheduledUpdate"), query=LIST,
        description="Those that you made; and all, for those who work on the task.",
    )  # fmt: skip
    def get(self, request: Request, id: str) -> Response:
        permissions = self.permissions(id)
        rows = queries.list_scheduled_updates(permissions)
        return answer_list(
            request, [rendering.render_scheduled_update(permissions, row) for row in rows], by=("at", "id")
        )

    @describes(
        "create_scheduled_update",
        "Plan a change of a task", answer=ref("ScheduledUpdate"), status=201,
        body=bodies.SCHEDULED_UPDATE, headers=HEADERS,
        description="It is done once, at its time, with the rights that you have then; a refusal is told in an event.",
    )  # fmt: skip
    def post(self, request: Request, id: str) -> Response:
        body = bodies.SCHEDULED_UPDATE.require(self.body)
        return self.post_once(lambda: self._plan(id, body), self._render)

    def _plan(self, id: str, body: JsonObject) -> Outcome:
        with self.of_version(id):
            return Outcome(201, str(services.schedule_update(self.actor, id, **body).pk))

    def _render(self, made: str) -> JsonObject:
        return rendering.render_scheduled_update(*queries.get_scheduled_update(self.actor, made))


class OneScheduledUpdate(Resource):
    """One of them."""

    @describes("delete_scheduled_update", "Drop a scheduled update", status=204)
    def delete(self, request: Request, id: str) -> Response:
        services.drop_scheduled_update(self.actor, id)
        return Response(status=204)
