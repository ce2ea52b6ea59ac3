"""`/containers`: the places of tasks."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from apps.containers import access, queries, rendering, services
from apps.containers.models import Container
from apps.core.json_types import JsonObject

from .description import PAGE, describes
from .pagination import answer_page, orders
from .resource import Rendered, Resource
from .schemas import page_of, ref

ORDERS = {**orders("slug", unique="slug"), **orders("title", "created_at", "updated_at")}


def hold(slug: str) -> Callable[[], object]:
    """Locks the container's row, which orders all writes to it, its members and its types."""
    rows = Container.objects.select_for_update(of=("self",)).filter(slug=slug).values_list("pk")
    return lambda: list(rows)


class Containers(Resource):
    """All that exist for the caller."""

    parameters = frozenset(PAGE)

    @describes("list_containers", "List containers", answer=page_of("Container"), query=PAGE)
    def get(self, request: Request) -> Response:
        rows: QuerySet[Container] = queries.list_containers(self.actor)
        return answer_page(request, rows, render=self._render, orders=ORDERS, order="slug")

    def _render(self, rows: Any) -> list[Rendered]:
        roles = access.roles_in(self.actor, rows)
        return [rendering.container_json(row, roles[row.pk]) for row in rows]


class OneContainer(Resource):
    """One of them, by its slug."""

    @describes("get_container", "Read a container", answer=ref("Container"))
    def get(self, request: Request, slug: str) -> Response:
        return self.answer(self._current(slug))

    @describes(
        "put_container",
        "Create or replace a container",
        answer=ref("Container"),
        status=(200, 201),
        body=services.CONTAINER,
        headers=["If-Match"],
        description="An application owns what it puts; a person becomes the manager of a container of people.",
    )
    def put(self, request: Request, slug: str) -> Response:
        with self.if_match(lambda: self._current(slug), hold=hold(slug)):
            container, created, changed = services.put_container(self.actor, slug, self.body)
        return self.answer_put(self._current(container.slug), created=created, changed=changed)

    @describes(
        "update_container", "Change a container", answer=ref("Container"), body=services.CONTAINER, headers=["If-Match"]
    )
    def patch(self, request: Request, slug: str) -> Response:
        with self.if_match(lambda: self._current(slug), hold=hold(slug)):
            services.patch_container(self.actor, slug, self.body)
        return self.answer(self._current(slug))

    @describes("delete_container", "Delete a container that has no tasks", status=204, headers=["If-Match"])
    def delete(self, request: Request, slug: str) -> Response:
        with self.if_match(lambda: self._current(slug), hold=hold(slug)):
            services.delete_container(self.actor, slug)
        return Response(status=204)

    def _current(self, slug: str) -> JsonObject:
        container = access.get_container(self.actor, slug)
        return rendering.container_json(container, access.role_of(self.actor, container))
