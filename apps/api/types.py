"""`/containers/{slug}/types`: the versioned shapes of tasks."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.containers import access, queries, rendering, services
from apps.containers.models import Container, TaskType
from apps.tasks import services as tasks

from .components import FLAG, FREE, GAIN, PROBLEM, TEXT, WHOLE, answer, body, listed, optional, ref
from .containers import hold
from .description import PAGE, describes, page_of
from .pagination import answer_page, orders
from .resource import Resource

ORDERS = {**orders("name", unique="name"), **orders("title", "created_at", "updated_at")}
VERSION_ORDERS = orders("version", unique="number", version="number")
DIFFERENCE = answer(pointer=TEXT, breaking=FLAG, detail=TEXT)
REASON = answer(pointer=TEXT, code=TEXT, detail=TEXT, tasks=WHOLE)
SAMPLE = answer(
    task=TEXT, key=optional(TEXT), title=TEXT, version=WHOLE, converts=FLAG, changes=listed(TEXT),
    problems=listed(PROBLEM),
)  # fmt: skip
MIGRATION = answer(
    container=TEXT, type=TEXT, to_version=WHOLE, dry_run=FLAG, done=FLAG,
    tasks={**WHOLE, "description": "Live tasks of other versions that you see."},
    examined=WHOLE, converts=WHOLE, needs_person=WHOLE, widens=FLAG, gains=listed(GAIN),
    versions=listed(answer(version=WHOLE, tasks=WHOLE, breaking=FLAG, differences=listed(DIFFERENCE))),
    reasons=listed(REASON), sample=listed(SAMPLE),
)  # fmt: skip
MIGRATION_BODY = body(
    to_version={**WHOLE, "description": "The current one if left out."},
    dry_run=FLAG,
    stages={"type": "object", "additionalProperties": TEXT, "description": "Old stage → new stage."},
    drop={**listed(TEXT), "description": "Fields that are gone and whose values may go."},
    confirm_widen={**FLAG, "description": "Some audiences may read more of the tasks: that is meant."},
    values={**FREE, "description": "Field → value, for tasks that have none."},
)


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
        description="The same document changes nothing; another one becomes the next version. Live tasks keep theirs. "
        "`differences` tell what changed, `breaking` whether live tasks of the version before may not fit.",
    )
    def put(self, request: Request, slug: str, name: str) -> Response:
        with self.if_match(lambda: self._current(slug, name), hold=hold(slug)):
            container = access.get_container(self.actor, slug)
            before = queries.find_version(container, name)
            version, created, changed = services.put_type(self.actor, slug, name, self.body)
        answer = self.answer_put(self._current(slug, name), created=created, changed=changed)
        role = access.role_of(self.actor, container)
        answer.data |= rendering.push_json(self.actor, container, role, before, version)
        return answer

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


class MigrateType(Resource):
    """The live tasks of a type, on their way to one of its versions."""

    @describes("Read how far your last migration of a type is", answer=MIGRATION)
    def get(self, request: Request, slug: str, name: str) -> Response:
        return self.answer(tasks.get_migration(self.actor, slug, name))

    @describes(
        "Move the live tasks of a type to a version",
        answer=MIGRATION,
        body=MIGRATION_BODY,
        description="With `dry_run` it tells which tasks convert and which need a person, and does nothing. Else it "
        "begins, and goes on by itself until it is `done`. Tasks that cannot be converted stay as they are. If "
        "the version lets some audience read values that it does not now, it answers 409 `confirm_widen` with `gains`, "
        "unless `confirm_widen` is true.",
    )
    def post(self, request: Request, slug: str, name: str) -> Response:
        return self.answer(tasks.migrate_type(self.actor, slug, name, self.body))


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
