"""Visibility at size: 100,000 tasks in 1,000 containers; lists of 25, their queries, and how the database finds them.

    DATABASE_URL=postgres://…/scratch python -m benchmarks.visibility [--tasks N] [--containers N] [--keep FILE]

Makes its rows in the database that is named (an empty one, migrated), rolls them back, and prints figures and plans.
"""

import argparse
import os
import random
import statistics
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskhub.settings")

import django

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.test.client import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from apps.actors.actor import Actor  # noqa: E402
from apps.actors.models import Application, Team, User  # noqa: E402
from apps.actors.references import actor_of_application, actor_of_user  # noqa: E402
from apps.containers.models import Container, Membership, TaskType  # noqa: E402
from apps.containers.services.types import put_builtin  # noqa: E402
from apps.tasks import queries  # noqa: E402
from apps.tasks.models import Grant, Handover, Privacy, Task  # noqa: E402

LIST, RUNS, BATCH = 25, 30, 5000


def fill(tasks: int, containers: int) -> dict[str, Actor]:
    """People with many and few memberships, an application with a tenth of the containers, tasks of every privacy."""
    dice = random.Random(1)
    team = Team.objects.create(slug="bench", title="Bench")
    users = [User.objects.create(username=f"bench-{n}") for n in range(50)]
    users[0].teams.add(team)
    application = Application.objects.create(name="bench", title="Bench")
    places = _containers(containers, application)
    Membership.objects.bulk_create(Membership(container=place, team=team, role="viewer") for place in places[::20])
    Membership.objects.bulk_create(Membership(container=place, user=users[1], role="manager") for place in places[:2])
    kinds = {kind.container_id: kind.current_id for kind in TaskType.objects.filter(container__in=places)}
    made: list[Task] = []
    for number in range(tasks):
        made.append(_task(number, dice.choice(places), kinds, users, dice))
    Task.objects.bulk_create(made, BATCH)
    granted, asked = dice.sample(made, 500), dice.sample(made, 500)
    Grant.objects.bulk_create(Grant(task=task, user=users[2]) for task in granted)
    Task.objects.filter(pk__in=[task.pk for task in asked]).update(status="handed_over")
    Handover.objects.bulk_create(Handover(task=task, digest="", title="?", to_user=users[3]) for task in asked)
    return {
        "viewer of 50 containers": actor_of_user(users[0]), "manager of 2": actor_of_user(users[1]),
        "let into 500 tasks": actor_of_user(users[2]), "asked on 500 tasks": actor_of_user(users[3]),
        "application of 100 containers": actor_of_application(application),
    }  # fmt: skip


def _containers(count: int, application: Application) -> list[Container]:
    places = [
        Container(slug=f"bench-{n}", title="Bench", application=application if n % 10 == 1 else None)
        for n in range(count)
    ]
    Container.objects.bulk_create(places)
    for place in places:
        put_builtin(place)
    return places


def _task(number: int, place: Container, kinds: Any, users: list[User], dice: random.Random) -> Task:
    privacy = dice.choice([Privacy.INHERIT] * 7 + [Privacy.RESTRICTED] * 2 + [Privacy.PRIVATE])
    task = Task(
        key=f"BEN-{number}", container=place, application_id=place.application_id, type_version_id=kinds[place.pk],
        title=f"Task {number}", stage="todo", privacy=privacy, reporter=dice.choice(users),
        private_to=dice.choice(users) if privacy == Privacy.PRIVATE else None,
    )  # fmt: skip
    task.newest = task.pk
    return task


def measure(name: str, actor: Actor) -> list[str]:
    """The time of a list of 25, and its plan."""
    rows = queries.tasks_for(actor).current().order_by("-id")[:LIST]
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        count = len(list(rows.all()))
        times.append((time.perf_counter() - began) * 1000)
    line = f"{name}: {count} rows, p50 {statistics.median(times):.1f} ms, max {max(times):.1f} ms"
    analyse = {"analyze": True, "buffers": True} if connection.vendor == "postgresql" else {}
    plans = [line.strip() for line in rows.explain(**analyse).splitlines()]
    return [line, *(f"    {plan[:150]}" for plan in plans if "Scan" in plan or "SCAN" in plan or " Time" in plan)]


def count_queries(user_id: Any) -> list[str]:
    """The queries of the REST list do not grow with its rows."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(pk=user_id), "apps.actors.sign_in.backend.PasswordBackend")
    lines = []
    for limit in (1, LIST, 200):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            answer = client.get(f"/api/v1/tasks?limit={limit}")
        lines.append(f"GET /api/v1/tasks?limit={limit}: {len(answer.json()['results'])} rows, {len(captured)} queries")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--containers", type=int, default=1_000)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with transaction.atomic():
        actors = fill(options.tasks, options.containers)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        lines = [f"{options.tasks} tasks in {options.containers} containers, {connection.vendor}, lists of {LIST}"]
        lines += count_queries(actors["viewer of 50 containers"].id)
        for name, actor in actors.items():
            lines += measure(name, actor)
        transaction.set_rollback(True)
    print("\n".join(lines))
    if options.keep:
        options.keep.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
