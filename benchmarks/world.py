"""A TaskHub of any size, grown by SQL: a large container, many small ones, a team with much to answer, a long history.

Rows are copies of one of each kind that the services made; what differs is an expression over `n`, the row's number.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.test.client import Client

from apps.actors.models import Application, Team, User
from apps.actors.references import actor_of_application
from apps.actors.services import issue_key
from apps.containers.models import Container, Membership
from apps.events.models import Event
from apps.tasks.models import Grant, Handover, SearchText, Task

TEAMS, PEOPLE, CHILDREN = 200, 50, 100
AT_ONCE = 250_000
SCHEMA = {
    "type": "object",
    "properties": {
        "source": {"type": "string"},
        "rows": {"type": "integer", "minimum": 0},
        "at": {"type": "string", "format": "date-time"},
        "done": {"type": "boolean"},
    },
}
TASK = {
    "title": "'Task ' || md5(n::text)",
    "container_id": "CASE WHEN n %% 10 = 8 THEN places[1 + n / 10 %% cardinality(places)] ELSE t.container_id END",
    "status": "(ARRAY['new','complete','complete','complete','failed','canceled','complete','in_progress','aborted',"
    " 'handed_over'])[1 + n %% 10]",
    "stage": "(ARRAY['todo','done','done','done','done','done','done','doing','done','waiting'])[1 + n %% 10]",
    "rank": "(extract(epoch FROM now()) - 86400 * 30 + n)::bigint * 1000000",
    "privacy": "(ARRAY['inherit','inherit','inherit','restricted','inherit','inherit','inherit','private','inherit',"
    " 'inherit'])[1 + n / 10 %% 10]",
    "private_to_id": "CASE WHEN n / 10 %% 10 = 7 THEN people[1 + n / 100 %% cardinality(people)] END",
    "reporter_id": "CASE WHEN n %% 3 = 0 THEN people[1 + n / 3 %% cardinality(people)] END",
    "assignee_id": "CASE WHEN n %% 7 = 0 THEN people[1 + n / 7 %% cardinality(people)] END",
    "priority": "n %% 5 - 2",
    "due_at": "CASE WHEN n %% 2 = 0 THEN now() + make_interval(secs => n * 7919::bigint %% 2592000) END",
    "start_at": "now() - make_interval(secs => n * 6007::bigint %% 2592000)",
    "updated_at": "now() - make_interval(secs => n * 104729::bigint %% 2592000)",
    "status_changed_at": "now() - make_interval(secs => n * 7907::bigint %% 2592000)",
    "created_at": "now() - make_interval(secs => 3000000 - n)",
    "function": "CASE WHEN n %% 4 = 0 THEN 'bench-' || n %% 20 END",
    "correlation_id": "'c-' || n / 3",
    "external_id": "CASE WHEN n %% 5 = 0 THEN 'x-' || n END",
    "tags": "jsonb_build_array('tag-' || n %% 500, 'all')",
    "fields": "jsonb_build_object('source', 's-' || n %% 1000, 'rows', n %% 100000, 'done', n %% 2 = 0,"
    " 'at', to_char(now() - make_interval(secs => n), 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'))",
    "key": "'BEN-' || n",
    "parent_id": f"CASE WHEN n < {CHILDREN} THEN t.id END",
    "sequence": "n + 1",
}
"""A task in ten lies in another container, and one in ten is with a person."""


@dataclass(frozen=True)
class World:
    """Who asks, and for what."""

    reader: User
    """Has a role in the large container and some of the others by teams, and much to answer."""
    few: User
    """May request in the large container, and reported few of its tasks."""
    administrator: User
    key: str
    """With which the application calls."""
    task: Task
    """Has a long history and children."""


def find() -> World | None:
    """The world that was made in this database before."""
    application = Application.objects.filter(name="bench").first()
    if application is None:
        return None
    key = issue_key(actor=actor_of_application(application), application=application)
    reader, few, administrator = (User.objects.get(username=name) for name in ("reader", "few", "administrator"))
    return World(reader, few, administrator, key, Task.objects.get(title="First"))


def fill(tasks: int) -> World:
    """The world with so many tasks."""
    world, answered = _start()
    Grant.objects.create(task=world.task, team=world.reader.teams.first())
    places = _places(tasks, world.reader)
    people = [User.objects.create(username=f"person-{n}") for n in range(PEOPLE)]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        arrays = {"places": [each.pk for each in places], "people": [each.pk for each in people]}
        arrays["teams"] = list(world.reader.teams.order_by("slug").values_list("pk", flat=True))
        for first in range(0, tasks, AT_ONCE):
            _grow(cursor, world.task.pk, answered, range(first, min(first + AT_ONCE, tasks)), arrays)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    _give_few(world)
    return world


def _start() -> tuple[World, Handover]:
    application = Application.objects.create(name="bench", title="Bench")
    key = issue_key(actor=actor_of_application(application), application=application)
    call = Client(SERVER_NAME="localhost", headers={"authorization": f"Bearer {key}"})
    reader, few = (User.objects.create(username=name) for name in ("reader", "few"))
    administrator = User.objects.create(username="administrator", is_staff=True, is_superuser=True)
    teams = Team.objects.bulk_create(Team(slug=f"team-{n:03}", title=f"Team {n}") for n in range(TEAMS))
    reader.teams.set(teams)
    members = {f"team:{teams[0].slug}": "contributor"}
    _ok(call.put("/api/v1/containers/bench", {"title": "Bench", "everyone": "requester"}, "application/json"))
    for name, role in members.items():
        _ok(call.put(f"/api/v1/containers/bench/members/{name}", {"role": role}, "application/json"))
    _ok(call.put("/api/v1/containers/bench/types/job", {"schema": SCHEMA}, "application/json"))
    made = _ok(call.post("/api/v1/tasks", {"container": "bench", "type": "job", "title": "First"}, "application/json"))
    task = Task.objects.get(pk=made["id"])
    handover = Handover.objects.create(
        task=task, digest="", title="May it run?", to_team=teams[0], asked_by="application:bench", state="submitted",
        actions=[{"name": "yes", "label": "Yes", "effect": "complete", "needs_comment": False}], answered_by=reader,
        answer={"action": "yes"},
    )  # fmt: skip
    return World(reader, few, administrator, key, task), handover


def _ok(answer: Any) -> Any:
    if answer.status_code >= 300:
        raise RuntimeError(f"{answer.status_code} {answer.content[:500]!r}")
    return answer.json()


def _places(tasks: int, reader: User) -> list[Container]:
    """A container for each hundred tasks; the reader sees one in twenty of them."""
    places = Container.objects.bulk_create(
        [Container(slug=f"place-{n:05}", title=f"Place {n}") for n in range(max(20, tasks // 100))], batch_size=5000
    )
    teams = list(reader.teams.all())
    Membership.objects.bulk_create(
        Membership(container=place, team=teams[n % len(teams)], role="viewer") for n, place in enumerate(places[::20])
    )
    return places


def _give_few(world: World) -> None:
    """A few old tasks are of the one who sees few."""
    old = list(Task.objects.filter(container=world.task.container).order_by("id").values_list("pk", flat=True)[1:40])
    Task.objects.filter(pk__in=old).update(reporter=world.few, privacy="inherit", private_to=None)


def _grow(cursor: Any, task: UUID, answered: Handover, numbers: range, arrays: dict[str, list[UUID]]) -> None:
    own = {"id": _id(1), "task_id": _id(1), "newest": _id(1)}
    _copy(cursor, Task, task, numbers, arrays, {**TASK, "id": own["id"], "newest": own["newest"]})
    texts = {"task_id": own["task_id"], "words": "'task job ' || md5(n::text) || ' w' || n %% 1000"}
    text = SearchText.objects.filter(task=task, part="task").values_list("pk", flat=True)[0]
    _copy(cursor, SearchText, text, numbers, arrays, {**texts, "vector": None, "id": None})
    event = Event.objects.filter(task_id=task).values_list("pk", flat=True)[0]
    # One event in six is of the same task; none of them waits for anything.
    given = {"task_id": f"CASE WHEN n %% 6 = 0 THEN t.task_id ELSE {_id(1)} END", "sequence": "n + 1",
             "time": "now() - make_interval(secs => 3000000 - n)", "dispatched_at": "now()",
             "position": "n + 10"}  # fmt: skip
    _copy(cursor, Event, event, numbers, arrays, {**given, "id": _id(2)})
    asked = {"task_id": own["task_id"], "due_at": "CASE WHEN n %% 20 = 9 THEN now() + make_interval(secs => n) END",
             "created_at": "now() - make_interval(secs => 3000000 - n)",
             "to_team_id": "CASE WHEN n %% 20000 = 9 THEN NULL WHEN n %% 20 = 9 THEN t.to_team_id"
             " ELSE teams[1 + n / 20 %% cardinality(teams)] END",
             "to_user_id": "CASE WHEN n %% 20000 = 9 THEN t.answered_by_id END",
             "answered_by_id": "NULL", "answer": "NULL", "state": "'open'"}  # fmt: skip
    _copy(cursor, Handover, answered.pk, numbers, arrays, {**asked, "id": _id(3)}, where="n %% 10 = 9")
    grant, given = Grant.objects.get(task=task), {"task_id": own["task_id"]}
    _copy(cursor, Grant, grant.pk, numbers, arrays, {**given, "id": _id(5)}, where="n %% 100 = 5")
    past = {"task_id": own["task_id"], "ended_at": "now() - make_interval(secs => n)"}
    _copy(cursor, Handover, answered.pk, numbers, arrays, {**past, "id": _id(4)}, where="n %% 50 = 1")


def _id(kind: int) -> str:
    """An id that rises with `n`, other for each kind of row."""
    return f"(lpad(to_hex(1700000000000 + n), 12, '0') || '7000800{kind}' || lpad(to_hex(n), 12, '0'))::uuid"


def _copy(
    cursor: Any, model: Any, like: Any, numbers: range, arrays: dict[str, list[UUID]], given: dict[str, str | None],
    where: str = "true",
) -> None:  # fmt: skip
    """A row for each number; columns that are given as None are left to the database."""
    table = model._meta.db_table
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position", [table]
    )
    names = [name for (name,) in cursor.fetchall() if given.get(name, "") is not None]
    values = ", ".join(given.get(name) or f"t.{name}" for name in names)
    cursor.execute(
        f"""INSERT INTO {table} ({", ".join(names)}) SELECT {values} FROM {table} t,
        (SELECT %(places)s::uuid[] places, %(people)s::uuid[] people, %(teams)s::uuid[] teams) arrays,
        generate_series(%(first)s::bigint, %(last)s::bigint) n WHERE t.id = %(like)s AND {where}""",
        {**arrays, "first": numbers.start, "last": numbers.stop - 1, "like": like},
    )
