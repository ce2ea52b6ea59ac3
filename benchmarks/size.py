"""Whether a read costs what it shows: pages and lists over many tasks, and what their statements read.

    python -m benchmarks.size --tasks 200000 [--only PAGE] [--keep] [--plans]

Makes a database of its own beside DATABASE_URL's, prints for each page its time, its statements, and the statement that
reads most for what it shows; ends with 1 if one of them reads all of a big table or more than twenty times its rows.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from benchmarks.server import database, environment, manage

if TYPE_CHECKING:
    from django.test.client import Client

    from benchmarks.plans import Watched
    from benchmarks.world import World

RUNS = 5
MOST_STATEMENTS = 15
LISTED = "/api/v1/tasks?limit=25"
SORTS = ("key", "title", "type", "status", "assignee", "due", "changed")
ORDERS = ("created_at", "updated_at", "status_changed_at", "priority", "start_at", "due_at", "title")
FILTERS = {
    "type": "type=job", "status": "status=failed", "two statuses": "status=new,in_progress", "stage": "stage=waiting",
    "function": "function=bench-4", "assignee": "assignee=user:person-7", "no assignee": "assignee=none",
    "reporter": "reporter=me", "tag": "tag=tag-77", "rare tag": "tag=none-has-it", "correlation":
    "correlation_id=c-777", "external id": "external_id=x-500", "priority": "priority_min=2",
    "created": "created_after=2026-01-01T00:00:00Z", "start": "start_before=2020-01-01T00:00:00Z",
    "due": "due_before=2020-01-01T00:00:00Z", "updated": "updated_after=2099-01-01T00:00:00Z",
    "text field": "fields.source=s-77", "no such value": "fields.source=no", "number field": "fields.rows__gte=99990",
    "moment field": "fields.at__gt=2099-01-01T00:00:00Z", "boolean field": "fields.done=true",
    "field contains": "fields.source__contains=77", "field is null": "fields.source__isnull=true", "words": "q=w77",
    "common word": "q=task", "no such word": "q=nowhere", "two words": "q=task+w77", "without a word": "q=task+-w77",
}  # fmt: skip


def pages() -> Iterator[tuple[str, str, str]]:
    """(what, who, address)."""
    for who in ("reader", "few"):
        yield f"board, {who}", who, "/containers/bench/"
        yield f"list, {who}", who, "/containers/bench/list/"
        yield f"search, {who}", who, "/search/?q=w77"
        yield f"search common, {who}", who, "/search/?q=task"
        yield f"inbox, {who}", who, "/"
        yield f"API list, {who}", who, LISTED
        yield f"API list of one, {who}", who, f"{LISTED}&container=bench"
        yield f"my requests, {who}", who, "/requests/mine/"
    for tab in ("teams", "asked", "following", "done"):
        yield f"inbox {tab}", "reader", f"/?tab={tab}"
    for sort in SORTS:
        for spelled in (sort, f"-{sort}"):
            yield f"list by {spelled}", "reader", f"/containers/bench/list/?sort={spelled}"
    for name, value in {"type": "job", "assignee": "user:person-7", "status": "failed", "q": "w77"}.items():
        yield f"list, {name}", "reader", f"/containers/bench/list/?{name}={value}"
        yield f"board, {name}", "reader", f"/containers/bench/?{name}={value}"
    yield "list, page 100", "reader", "/containers/bench/list/?page=100"
    yield "list, q no such word", "reader", "/containers/bench/list/?q=nowhere"
    yield "board, q common word", "reader", "/containers/bench/?q=task"
    yield "task page", "reader", "/tasks/{task}/"
    yield "CSV", "reader", "/containers/bench/list/csv/"
    yield "containers", "reader", "/containers/"
    yield from _api()
    for query in ("", "?status__exact=failed", "?q=BEN-77", "?q=0cc175", "?o=2", "?o=8", "?o=-8", "?p=15"):
        yield f"admin {query}", "administrator", f"/admin/tasks/task/{query}"
    yield "admin of openings", "administrator", "/admin/tasks/breakglass/"


def _api() -> Iterator[tuple[str, str, str]]:
    for who in ("application", "reader"):
        for order in ORDERS:
            for spelled in (order, f"-{order}"):
                yield f"API by {spelled}, {who}", who, f"{LISTED}&container=bench&order={spelled}"
        for name, query in FILTERS.items():
            yield f"API, {name}, {who}", who, f"{LISTED}&container=bench&{query}"
        yield f"API count, {who}", who, f"{LISTED}&container=bench&count=true"
        yield f"API count by field, {who}", who, f"{LISTED}&container=bench&count=true&fields.source=s-77"
        yield f"API search, {who}", who, "/api/v1/search?limit=25&q=w77"
        yield f"API events, {who}", who, "/api/v1/tasks/{task}/events?limit=25"
        yield f"API events count, {who}", who, "/api/v1/tasks/{task}/events?limit=25&count=true"
        yield f"API handovers, {who}", who, "/api/v1/handovers?limit=25"
        yield f"API open handovers, {who}", who, "/api/v1/handovers?limit=25&state=open&order=due_at"
    yield "API inbox", "reader", "/api/v1/inbox?limit=25"
    yield "API inbox count", "reader", "/api/v1/inbox?limit=25&count=true"
    yield "API notifications", "reader", "/api/v1/notifications?limit=25"


class Caller:
    """Asks as one of the world."""

    def __init__(self, world: "World") -> None:
        self.world, self.clients = world, {name: _client(world, name) for name in WHO}

    def get(self, who: str, address: str) -> bool:
        """The answer's first bytes; whether it is one, and no refusal. Raises RuntimeError for anything else."""
        answer = self.clients[who].get(address.format(task=self.world.task.pk))
        if answer.status_code == 422 and b"too_broad" in answer.content:
            return False
        if answer.status_code != 200:
            raise RuntimeError(f"{address}: {answer.status_code} {answer.content[:300]!r}")
        if answer.streaming:
            parts = iter(answer.streaming_content)
            next(parts), next(parts)
            answer.close()
        return True


WHO = ("reader", "few", "administrator", "application")


def _client(world: "World", name: str) -> "Client":
    from django.test.client import Client

    if name == "application":
        return Client(SERVER_NAME="localhost", headers={"authorization": f"Bearer {world.key}"})
    client = Client(SERVER_NAME="localhost")
    client.force_login(getattr(world, name), "apps.actors.sign_in.backend.PasswordBackend")
    return client


def examine(caller: Caller, who: str, address: str) -> "Watched | None":
    """What a request reads, after it was asked for once; None for one that is refused as too much to read."""
    from benchmarks.plans import watched

    if not caller.get(who, address):
        return None
    with watched() as result:
        caller.get(who, address)
    return result


def main() -> None:
    options = _options()
    with database(keep=options.keep) as url, tempfile.TemporaryDirectory(prefix="taskhub-size-") as directory:
        made = environment(url, directory)
        manage(made, "migrate", "--verbosity", "0")
        os.environ.update(
            made, DJANGO_SETTINGS_MODULE="taskhub.settings", TASKHUB_PROCESS="web", DATABASE_POOL_SIZE="1"
        )
        import django

        django.setup()
        faults = _run(options)
    sys.exit(1 if faults else 0)


def _run(options: argparse.Namespace) -> int:
    from django.conf import settings
    from django.db import transaction

    from benchmarks.world import fill, find

    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["*"], False
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    world = find()
    if world is None:
        began = time.monotonic()
        with transaction.atomic():
            _without_limits("LOCAL")
            world = fill(options.tasks)
        _without_limits("SESSION", "VACUUM ANALYZE", "RESET statement_timeout")
        print(f"{options.tasks:,} tasks in {time.monotonic() - began:.0f} s", flush=True)
    caller = Caller(world)
    print(f"{'what':40}{'p50 ms':>9}{'statements':>11}{'ms of the worst':>16}{'read':>10}{'shown':>7}")
    return sum(_report(caller, options, *page) for page in pages() if options.only in page[0])


def _without_limits(scope: str, *statements: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"SET {scope} statement_timeout = 0")
        cursor.execute(f"SET {scope} idle_in_transaction_session_timeout = 0")
        for statement in statements:
            cursor.execute(statement)


def _report(caller: Caller, options: argparse.Namespace, what: str, who: str, address: str) -> int:
    """Print a line for the page and one for each fault; how many faults there are."""
    try:
        seen = examine(caller, who, address)
        if seen is None:
            took = _timed(lambda: caller.get(who, address))
            print(f"{what:40}{took:9.1f}    refused: too much to read", flush=True)
            return 0
        milliseconds = statistics.median(_timed(lambda: caller.get(who, address)) for _ in range(RUNS))
    except Exception as error:
        print(f"{what:40} FAILS: {type(error).__name__} {str(error)[:150]}", flush=True)
        return 1
    worst = seen.worst
    figures = f"{worst.milliseconds:16.1f}{worst.read:10,}{worst.shown:7,}" if worst else ""
    print(f"{what:40}{milliseconds:9.1f}{seen.count:11}{figures}", flush=True)
    for one in seen.faults:
        print(f"    {one.fault} in {one.milliseconds:.0f} ms: {one.sql[: options.width]}")
        if options.plans:
            from benchmarks.plans import outline

            print(outline(one.plan))
    if seen.count > MOST_STATEMENTS:
        print(f"    more than {MOST_STATEMENTS} statements")
    return len(seen.faults)


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.size", description=__doc__)
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--only", default="", help="only what has this in its name")
    parser.add_argument(
        "--keep", default="", help="name of a database to make and keep, or to use again if it is there"
    )
    parser.add_argument("--plans", action="store_true", help="print the plan of what reads too much")
    parser.add_argument("--width", type=int, default=120, help="how much of a statement is printed")
    options: argparse.Namespace = parser.parse_args()
    return options


if __name__ == "__main__":
    main()
