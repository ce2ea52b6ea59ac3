"""What hangs on a task: notes, history, attempts, links, watchers, grants."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import NotFound
from apps.tasks import access, queries, rendering, services
from apps.tasks.models import Grant, Link, Note
from apps.tasks.rendering import when

from .description import PAGE, describes, page_of, ref
from .pagination import answer_list, answer_page, orders
from .resource import Outcome
from .task_shapes import GrantBody, LinkBody, NoteBody, NothingBody
from .tasks import TaskResource

HEADERS = ("If-Match", "Idempotency-Key")
LIST = ("limit", "cursor", "count")
NOTE_ORDERS = orders("created_at", created_at="id")


class Notes(TaskResource):
    """Comments and work notes."""

    parameters = frozenset(PAGE)

    @describes("List the notes of a task", answer=page_of("Note"), query=PAGE)
    def get(self, request: Request, id: str) -> Response:
        return answer_page(
            request, queries.notes(self.standing(id)),
            render=lambda page: [rendering.render_note(note) for note in page], orders=NOTE_ORDERS, order="created_at",
        )  # fmt: skip

    @describes(
        "Write a note", answer=ref("Note"), status=201, body=NoteBody, headers=HEADERS,
        description="A `lease_token` that is given must be the current one.",
    )  # fmt: skip
    def post(self, request: Request, id: str) -> Response:
        body = NoteBody.read(self.body)
        return self.post_once(lambda: self._write(id, body), lambda made: self._render(id, made))

    def _write(self, id: str, body: dict[str, Any]) -> Outcome:
        with self.of_version(id):
            return Outcome(201, str(services.add_note(self.actor, id, **body).pk))

    def _render(self, id: str, made: str) -> dict[str, Any]:
        note: Note | None = queries.notes(self.standing(id)).filter(pk=made).first()
        if note is None:  # a repeated call of who no longer reads it
            raise NotFound
        return rendering.render_note(note)


class Events(TaskResource):
    """The history."""

    parameters = frozenset(LIST)

    @describes("The history of a task, oldest first", answer=page_of("Event"), query=LIST)
    def get(self, request: Request, id: str) -> Response:
        return answer_list(request, queries.events(self.standing(id)))


class Attempts(TaskResource):
    """The task and those it replaced."""

    parameters = frozenset(LIST)

    @describes("The attempts of a task, oldest first", answer=page_of("Task"), query=LIST)
    def get(self, request: Request, id: str) -> Response:
        tasks = queries.attempts(self.actor, access.get_task(self.actor, id))
        return answer_list(request, rendering.render_many(self.actor, tasks))


class Links(TaskResource):
    """Relations to other tasks that the caller sees."""

    parameters = frozenset(LIST)

    @describes("List the links of a task", answer=page_of("Link"), query=LIST)
    def get(self, request: Request, id: str) -> Response:
        task = access.get_task(self.actor, id)
        return answer_list(request, [render_link(link) for link in queries.links_and_family(self.actor, task)])

    @describes("Link a task to another", answer=ref("Link"), status=201, body=LinkBody, headers=HEADERS)
    def post(self, request: Request, id: str) -> Response:
        body = LinkBody.read(self.body)
        return self.post_once(lambda: self._link(id, body), lambda made: self._render(id, made))

    def _link(self, id: str, body: dict[str, Any]) -> Outcome:
        with self.of_version(id):
            return Outcome(201, str(services.add_link(self.actor, id, **body).pk))

    def _render(self, id: str, made: str) -> dict[str, Any]:
        task = access.get_task(self.actor, id)
        found = [link for link in queries.links(self.actor, task) if str(link.pk) == made]
        if not found:  # a repeated call of who no longer sees its other end
            raise NotFound
        return render_link(found[0])


class WatchMe(TaskResource):
    """Whether the caller follows the task."""

    @describes("Follow a task", answer=ref("Watch"), body=NothingBody)
    def put(self, request: Request, id: str) -> Response:
        NothingBody.read(self.body)
        services.watch(self.actor, id)
        return self.answer({"task": str(access.get_task(self.actor, id).pk), "watcher": str(self.actor)})

    @describes("Stop following a task", status=204)
    def delete(self, request: Request, id: str) -> Response:
        services.unwatch(self.actor, id)
        return Response(status=204)


class OneGrant(TaskResource):
    """Sight of the task for one user or team."""

    @describes(
        "Let a user or team see a task", answer=ref("Grant"), status=(200, 201), body=GrantBody, headers=["If-Match"]
    )
    def put(self, request: Request, id: str, name: str) -> Response:
        body = GrantBody.read(self.body)
        before = self._expiry(id, name)
        with self.of_version(id):
            grant, made = services.grant(self.actor, id, name, expires_at=body.get("expires_at"))
        changed = made or before != grant.expires_at
        return self.answer_put(render_grant(grant, name), created=made, changed=changed)

    @describes("Take a grant back", status=204, headers=["If-Match"])
    def delete(self, request: Request, id: str, name: str) -> Response:
        with self.of_version(id):
            services.revoke_grant(self.actor, id, name)
        return Response(status=204)

    def _expiry(self, id: str, name: str) -> Any:
        rows = queries.grants(access.get_task(self.actor, id))
        return next((row.expires_at for row in rows if (row.user or row.team).reference == name), None)  # type: ignore[union-attr]


def render_link(link: Link) -> dict[str, Any]:
    """A link: `task` is its source, `target` the other end."""
    return {
        "id": str(link.pk),
        "kind": link.kind,
        "task": str(link.source_id),
        "target": str(link.target_id),
        "task_title": link.source.title,
        "target_title": link.target.title,
    }


def render_grant(grant: Grant, name: str) -> dict[str, Any]:
    """A grant."""
    return {"to": name, "expires_at": when(grant.expires_at), "created_at": when(grant.created_at)}
