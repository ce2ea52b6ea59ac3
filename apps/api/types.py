"""`/containers/{slug}/types`: the versioned shapes of tasks."""

from rest_framework.request import Request
from rest_framework.response import Response

from apps.containers import access, queries, rendering, services
from apps.containers.models import Container, TaskType
from apps.containers.type_document.accept import TYPE
from apps.core.json_types import JsonObject
from apps.tasks import services as tasks
from apps.tasks.queries import get_migration, tasks_left
from apps.tasks.services.type_migration import render_begun
from apps.tasks.services.type_migration.orders import MIGRATION as MIGRATE

from .components import DETAIL, DIFFERENCE, GAIN
from .containers import hold
from .description import PAGE, describes
from .pagination import answer_page, orders
from .resource import Resource
from .schemas import FLAG, TEXT, WHOLE, answer, component, listed, one_of, optional, page_of, ref

ORDERS = {**orders("name", unique="name"), **orders("title", "created_at", "updated_at")}
LEFT_ORDERS = orders("id")
VERSION_ORDERS = orders("version", unique="number", version="number")
REASON = component("MigrationReason", answer(pointer=TEXT, code=TEXT, detail=TEXT, tasks=WHOLE))
SAMPLE = component("MigratedTask", answer(
    task=TEXT, key=optional(TEXT), title=TEXT, version=WHOLE, converts=FLAG, changes=listed(TEXT),
    problems=listed(DETAIL),
))  # fmt: skip
VERSION = component(
    "MigratedVersion", answer(version=WHOLE, tasks=WHOLE, breaking=FLAG, differences=listed(DIFFERENCE))
)
UNFIT = component("UnfitValue", answer(
    field=TEXT, value={**TEXT, "description": "Its name in `map`."}, tasks=WHOLE,
))  # fmt: skip
MENTION = component("Mention", answer(what=one_of("rule", "function"), name=TEXT, fields=listed(TEXT)))
MIGRATION = component("Migration", answer(
    container=TEXT, type=TEXT, to_version=WHOLE, dry_run=FLAG, done=FLAG,
    tasks={**WHOLE, "description": "Live tasks of other versions that you see."},
    examined=WHOLE, converts=WHOLE, needs_person=WHOLE, held=WHOLE, widens=FLAG, gains=listed(GAIN),
    versions=listed(VERSION),
    reasons=listed(REASON), sample=listed(SAMPLE),
    unfit=listed(UNFIT), mentions=listed(MENTION),
))  # fmt: skip


class Types(Resource):
    """The live types of a container."""

    parameters = frozenset(PAGE)

    @describes("list_types", "List the task types of a container", answer=page_of("Type"), query=PAGE)
    def get(self, request: Request, slug: str) -> Response:
        container = access.get_container(self.actor, slug)
        role = access.role_of(self.actor, container)
        rows = queries.list_types(self.actor, container, role)
        return answer_page(
            request, rows, render=lambda page: [self._render(container, role, row) for row in page],
            orders=ORDERS, order="name",
        )  # fmt: skip

    def _render(self, container: Container, role: str, row: TaskType) -> JsonObject:
        assert row.current is not None, "list_types gives live types"  # noqa: S101
        return rendering.type_json(self.actor, container, role, row, row.current)


class OneType(Resource):
    """One type; its current version."""

    @describes("get_type", "Read a task type", answer=ref("Type"))
    def get(self, request: Request, slug: str, name: str) -> Response:
        return self.answer(self._current(slug, name))

    @describes(
        "put_type",
        "Push a task type",
        answer=ref("Type"),
        status=(200, 201),
        body=TYPE,
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
        answer.data |= rendering.published_json(self.actor, container, role, before, version)
        return answer

    @describes("delete_type", "Retire a task type: no new tasks of it", status=204, headers=["If-Match"])
    def delete(self, request: Request, slug: str, name: str) -> Response:
        with self.if_match(lambda: self._current(slug, name), hold=hold(slug)):
            services.retire_type(self.actor, slug, name)
        return Response(status=204)

    def _current(self, slug: str, name: str) -> JsonObject:
        kind = queries.get_type(self.actor, slug, name)
        assert kind.current is not None, "get_type gives live types"  # noqa: S101
        role = access.role_of(self.actor, kind.container)
        return rendering.type_json(self.actor, kind.container, role, kind, kind.current)


class MigrateType(Resource):
    """The live tasks of a type, on their way to one of its versions."""

    @describes("get_migration", "Read how far your last migration of a type is", answer=MIGRATION)
    def get(self, request: Request, slug: str, name: str) -> Response:
        kind, row = get_migration(self.actor, slug, name)
        return self.answer(render_begun(self.actor, kind, row))

    @describes(
        "migrate_type",
        "Move the live tasks of a type to a version",
        answer=MIGRATION,
        body=MIGRATE,
        description="With `dry_run` it tells which tasks convert and which need a person, and does nothing. Else it "
        "begins, and goes on by itself until it is `done`. Tasks that cannot be converted stay as they are; `held` "
        "ones, which a worker or a person has, follow by themselves when nobody has them any more. If "
        "the version lets some audience read values that it does not now, it answers 409 `confirm_widen` with `gains`, "
        "unless `confirm_widen` is true.",
    )
    def post(self, request: Request, slug: str, name: str) -> Response:
        return self.answer(tasks.migrate_type(self.actor, slug, name, self.body))


class TasksLeft(Resource):
    """The live tasks that a migration left behind."""

    parameters = frozenset(PAGE)

    @describes(
        "list_tasks_left",
        "List the tasks that your last migration of a type left behind, with why",
        answer=page_of("MigratedTask"),
        query=PAGE,
        description="Oldest first. The problems are those of now: what `converts` meanwhile goes along when you repeat "
        "the migration, and what is `held` follows by itself.",
    )
    def get(self, request: Request, slug: str, name: str) -> Response:
        row, rows = tasks_left(self.actor, slug, name)
        return answer_page(
            request, rows, render=lambda page: tasks.render_left(self.actor, row, page),
            orders=LEFT_ORDERS, order="id",
        )  # fmt: skip


class TypeVersions(Resource):
    """Every version that was pushed."""

    parameters = frozenset(PAGE)

    @describes("list_type_versions", "List the versions of a task type", answer=page_of("TypeVersion"), query=PAGE)
    def get(self, request: Request, slug: str, name: str) -> Response:
        rows = queries.list_versions(self.actor, slug, name)
        return answer_page(
            request, rows, render=lambda page: [rendering.version_json(row) for row in page],
            orders=VERSION_ORDERS, order="-version",
        )  # fmt: skip
