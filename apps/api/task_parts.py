"""What hangs on a task: notes, history, attempts, links, watchers, grants."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import NotFound
from apps.core.json_types import JsonObject
from apps.core.timestamps import format_timestamp
from apps.tasks import access, bodies, queries, rendering, services, timeline
from apps.tasks.models import Grant, Link, Note

from .description import PAGE, describes
from .pagination import MOST_COUNTED, answer_found, answer_list, answer_page, orders
from .resource import Outcome
from .schemas import page_of, ref
from .tasks import TaskResource

HEADERS = ("If-Match", "Idempotency-Key")
LIST = ("limit", "cursor", "count")
NOTE_ORDERS = orders("created_at", created_at="id")


class Notes(TaskResource):
    """Comments and work notes."""

    parameters = frozenset(PAGE)

    @describes("list_notes", "List the notes of a task", answer=page_of("Note"), query=PAGE)
    def get(self, request: Request, id: str) -> Response:
        return answer_page(
            request, queries.notes(self.permissions(id)),
            render=lambda page: [rendering.render_note(note) for note in page], orders=NOTE_ORDERS, order="created_at",
        )  # fmt: skip

    @describes(
        "create_note",
        "Write a note", answer=ref("Note"), status=201, body=bodies.NOTE, headers=HEADERS,
        description="A `lease_token` that is given must be the current one.",
    )  # fmt: skip
    def post(self, request: Request, id: str) -> Response:
        body = bodies.NOTE.require(self.body)
        return self.post_once(lambda: self._write(id, body), lambda made: self._render(id, made))

    def _write(self, id: str, body: JsonObject) -> Outcome:
        with self.of_version(id):
            return Outcome(201, str(services.add_note(self.actor, id, **body).pk))

    def _render(self, id: str, made: str) -> JsonObject:
        note: Note | None = queries.notes(self.permissions(id)).filter(pk=made).first()
        if note is None:  # a repeated call of who no longer reads it
            raise NotFound
        return rendering.render_note(note)


class Events(TaskResource):
    """The history."""

    parameters = frozenset(LIST)

    @describes("list_task_events", "The history of a task, oldest first", answer=page_of("Event"), query=LIST)
    def get(self, request: Request, id: str) -> Response:
        permissions = self.permissions(id)
        return answer_found(
            request,
            lambda position, limit: timeline.events_after(permissions, position, limit),
            place=lambda entry: entry.position,
            render=lambda page: [entry.document for entry in page],
            count=lambda: len(timeline.events_after(permissions, None, MOST_COUNTED)),
        )


class Attempts(TaskResource):
    """The task and those it replaced."""

    parameters = frozenset(LIST)

    @describes("list_attempts", "The attempts of a task, oldest first", answer=page_of("Task"), query=LIST)
    def get(self, request: Request, id: str) -> Response:
        tasks = queries.attempts(self.actor, access.get_task(self.actor, id))
        return answer_list(request, rendering.render_many(self.actor, tasks))


class Links(TaskResource):
    """Relations to other tasks that the caller sees."""

    parameters = frozenset(LIST)

    @describes("list_links", "List the links of a task", answer=page_of("Link"), query=LIST)
    def get(self, request: Request, id: str) -> Response:
        task = access.get_task(self.actor, id)
        return answer_list(request, [render_link(link) for link in queries.links_and_family(self.actor, task)])

    @describes(
        "create_link", "Link a task to another", answer=ref("Link"), status=201, body=bodies.LINK, headers=HEADERS
    )
    def post(self, request: Request, id: str) -> Response:
        body = bodies.LINK.require(self.body)
        return self.post_once(lambda: self._link(id, body), lambda made: self._render(id, made))

    def _link(self, id: str, body: JsonObject) -> Outcome:
        with self.of_version(id):
            return Outcome(201, str(services.add_link(self.actor, id, **body).pk))

    def _render(self, id: str, made: str) -> JsonObject:
        task = access.get_task(self.actor, id)
        rows = [link for link in queries.links(self.actor, task) if str(link.pk) == made]
        if not rows:  # a repeated call of who no longer sees its other end
            raise NotFound
        return render_link(rows[0])


class WatchMe(TaskResource):
    """Whether the caller follows the task."""

    @describes("watch_task", "Follow a task", answer=ref("Watch"))
    def put(self, request: Request, id: str) -> Response:
        self.require_no_body()
        services.watch(self.actor, id)
        return self.answer({"task": str(access.get_task(self.actor, id).pk), "watcher": str(self.actor)})

    @describes("unwatch_task", "Stop following a task", status=204)
    def delete(self, request: Request, id: str) -> Response:
        services.unwatch(self.actor, id)
        return Response(status=204)


class OneGrant(TaskResource):
    """Sight of the task for one user or team."""

    @describes(
        "put_grant",
        "Let a user or team see a task",
        answer=ref("Grant"),
        status=(200, 201),
        body=bodies.GRANT,
        headers=["If-Match"],
    )
    def put(self, request: Request, id: str, name: str) -> Response:
        body = bodies.GRANT.require(self.body)
        before = self._expiry(id, name)
        with self.of_version(id):
            grant, made = services.grant(self.actor, id, name, expires_at=body.get("expires_at"))
        changed = made or before != grant.expires_at
        return self.answer_put(render_grant(grant, name), created=made, changed=changed)

    @describes("delete_grant", "Take a grant back", status=204, headers=["If-Match"])
    def delete(self, request: Request, id: str, name: str) -> Response:
        with self.of_version(id):
            services.revoke_grant(self.actor, id, name)
        return Response(status=204)

    def _expiry(self, id: str, name: str) -> Any:
        rows = queries.grants(access.get_task(self.actor, id))
        return next((row.expires_at for row in rows if (row.user or row.team).reference == name), None)  # type: ignore[union-attr]


def render_link(link: Link) -> JsonObject:
    """A link: `task` is its source, `target` the other end."""
    return {
        "id": str(link.pk),
        "kind": link.kind,
        "task": str(link.source_id),
        "target": str(link.target_id),
        "task_title": link.source.title,
        "target_title": link.target.title,
    }


def render_grant(grant: Grant, name: str) -> JsonObject:
    """A grant."""
    return {
        "to": name,
        "expires_at": format_timestamp(grant.expires_at),
        "created_at": format_timestamp(grant.created_at),
    }
