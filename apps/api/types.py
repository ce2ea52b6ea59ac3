"""`/containers/{slug}/types`: the versioned shapes of tasks."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.containers import access, queries, rendering, services
from apps.containers.models import Container, TaskType

from .containers import hold
from .description import PAGE, describes, page_of, ref
from .pagination import answer_page, orders
from .resource import Resource

ORDERS = {**orders("name", unique="name"), **orders("title", "created_at", "updated_at")}
VERSION_ORDERS = orders("version", unique="number", version="number")


class Types(Resource):
    """The live types of a container."""

    parameters = frozenset(PAGE)

    @describes("List the task types of a container", answer=page_of("Type"), query=PAGE)
    def get(self, request: Request, slug: str) -> Response:
        container = access.get_container(self.actor, slug)
        role = access.role_of(self.actor, container)
        rows = queries.list_types(self.actor, container, role)
        return answer_page(
            request, rows, render=lambda page: [self._render(container, role, row) for row in page],
            orders=ORDERS, order="name",
        )  # fmt: skip

    def _render(self, container: Container, role: str, row: TaskType) -> dict[str, Any]:
        assert row.current is not None, "list_types gives live types"  # noqa: S101
        return rendering.type_json(self.actor, container, role, row, row.current)


class OneType(Resource):
    """One type; its current version."""

    @describes("Read a task type", answer=ref("Type"))
    def get(self, request: Request, slug: str, name: str) -> Response:
        return self.answer(self._current(slug, name))

    @describes(
        "Push a task type",
        answer=ref("Type"),
        status=(200, 201),
        body=ref("TypeBody"),
        headers=["If-Match"],
        description="The same document changes nothing; another one becomes the next version. Live tasks keep theirs.",
    )
    def put(self, request: Request, slug: str, name: str) -> Response:
        with self.if_match(lambda: self._current(slug, name), hold=hold(slug)):
            _version, created, changed = services.put_type(self.actor, slug, name, self.body)
        return self.answer_put(self._current(slug, name), created=created, changed=changed)

    @describes("Retire a task type: no new tasks of it", status=204, headers=["If-Match"])
    def delete(self, request: Request, slug: str, name: str) -> Response:
        with self.if_match(lambda: self._current(slug, name), hold=hold(slug)):
            services.retire_type(self.actor, slug, name)
        return Response(status=204)

    def _current(self, slug: str, name: str) -> dict[str, Any]:
        kind = queries.get_type(self.actor, slug, name)
        assert kind.current is not None, "get_type gives live types"  # noqa: S101
        role = access.role_of(self.actor, kind.container)
        return rendering.type_json(self.actor, kind.container, role, kind, kind.current)


class TypeVersions(Resource):
    """Every version that was pushed."""

    parameters = frozenset(PAGE)

    @describes("List the versions of a task type", answer=page_of("TypeVersion"), query=PAGE)
    def get(self, request: Request, slug: str, name: str) -> Response:
        rows = queries.list_versions(self.actor, slug, name)
        return answer_page(
            request, rows, render=lambda page: [rendering.version_json(row) for row in page],
            orders=VERSION_ORDERS, order="-version",
        )  # fmt: skip
