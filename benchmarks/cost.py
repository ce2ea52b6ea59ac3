"""`python -m benchmarks.cost`: what one request costs, in one process: CPU, statements, WAL, time until the answer.

The WSGI application is called in the process that measures, with no web server and no client around it, on a
PostgreSQL database of the run's own. CPU time hardly moves with what else the machine does, so two states of the
code can be compared on a busy one. `--profile` says where the time of Python goes.
"""

import argparse
import cProfile
import os
import pstats
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path as File

import psycopg

from benchmarks.paths import Application, Path, paths
from benchmarks.server import database, environment, manage
from benchmarks.work import set_up


@dataclass
class Cost:
    """Of one request (or pair that belongs together)."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)


def main() -> None:
    options = _options()
    with database() as url, tempfile.TemporaryDirectory(prefix="taskhub-cost-") as directory:
        made = environment(url, directory)
        manage(made, "migrate", "--verbosity", "0")
        key = manage(made, "create_application", "bench")
        os.environ.update(made, TASKHUB_PROCESS="web", DATABASE_POOL_SIZE="1", PERSON_WRITES_PER_MINUTE="0")
        hub = Application(authorization=f"Bearer {key}")
        set_up(hub.call)
        print(f"{'what':32}{'CPU ms':>8}{'tenth':>8}{'PostgreSQL ms':>15}{'wall ms':>9}{'round trips':>13}{'WAL':>11}")
        with psycopg.connect(url, autocommit=True) as watcher:
            watcher.execute("CREATE EXTENSION pg_walinspect")
            for path in paths(hub):
                if options.only in path.name:
                    _report(path, watcher, options)
        _end()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cost", description=__doc__)
    parser.add_argument("--only", default="", help="only what has this in its name")
    parser.add_argument("--calls", type=int, default=300, help="how often each is called")
    parser.add_argument("--profile", type=int, default=0, help="how many lines of a profile to print")
    parser.add_argument("--by", default="tottime", help="what the profile is sorted by")
    parser.add_argument("--trace", action="store_true", help="print what is sent to the database")
    return parser.parse_args()


def _report(path: Path, watcher: psycopg.Connection, options: argparse.Namespace) -> None:
    calls = max(4, options.calls // path.per)
    for _ in range(max(2, 20 // path.per)):
        path.act(path.prepare())
    cost = _measure(path, calls)
    cpu, wall, ours = (statistics.median(times) * 1000 for times in (cost.cpu, cost.wall, cost.database))
    least = statistics.quantiles(cost.cpu, n=10)[0] * 1000
    trips, wal = _round_trips(path, show=options.trace), statistics.median(_wal(path, watcher) for _ in range(5))
    print(f"{path.name:32}{cpu:8.2f}{least:8.2f}{ours:15.2f}{wall:9.2f}{trips:13}{wal:11,.0f}", flush=True)
    if options.profile:
        _profile(path, calls, options)


def _measure(path: Path, calls: int) -> Cost:
    cost, backend = Cost(), _backend()
    for _ in range(calls):
        given = path.prepare()
        before, cpu, wall = _time_of(backend), time.process_time(), time.perf_counter()
        path.act(given)
        cost.wall.append(time.perf_counter() - wall)
        cost.cpu.append(time.process_time() - cpu)
        cost.database.append(_time_of(backend) - before)
    return cost


def _wal(path: Path, watcher: psycopg.Connection) -> int:
    """Bytes that one call wrote into the log of this database, without images of pages that it touched first."""
    mark, given = "SELECT pg_logical_emit_message(true, 'bench', '')::text", path.prepare()
    began = watcher.execute(mark).fetchone() or ()
    path.act(given)
    ended = watcher.execute(mark).fetchone() or ()
    rows = watcher.execute(
        """SELECT coalesce(sum(record_length - fpi_length), 0) FROM pg_get_wal_records_info(%s::pg_lsn, %s::pg_lsn)
        WHERE block_ref LIKE '%%/' || (SELECT oid FROM pg_database WHERE datname = current_database()) || '/%%'""",
        [*began, *ended],
    )
    return int((rows.fetchone() or [0])[0])


def _backend() -> int:
    """The process of PostgreSQL that serves the one connection of the pool."""
    from django.db import connection

    connection.ensure_connection()
    process = int(connection.connection.info.backend_pid)
    connection.close()
    return process


def _time_of(process: int) -> float:
    """Seconds of CPU that a process of this machine has used."""
    return int(File(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e9


def _round_trips(path: Path, *, show: bool) -> int:
    """How often the process waited for the database, by libpq's own trace of one call."""
    given = path.prepare()
    with tempfile.TemporaryFile("w+") as file:
        with _traced(file.fileno()):
            path.act(given)
        file.seek(0)
        lines = file.read().splitlines()
    sent = [line.split("\t")[3:] for line in lines if line.split("\t")[1:2] == ["F"]]
    if show:
        print("\n".join(" ".join(message)[:200] for message in sent))
    return sum(message[0] in ("Query", "Sync") for message in sent)


@contextmanager
def _traced(descriptor: int) -> Iterator[None]:
    from django.db import connection

    connection.ensure_connection()
    raw = connection.connection
    connection.close()
    raw.pgconn.trace(descriptor)
    try:
        yield
    finally:
        raw.pgconn.untrace()


def _profile(path: Path, calls: int, options: argparse.Namespace) -> None:
    profile = cProfile.Profile(time.process_time)
    for _ in range(calls):
        given = path.prepare()
        profile.enable()
        path.act(given)
        profile.disable()
    pstats.Stats(profile).sort_stats(options.by).print_stats(options.profile)


def _end() -> None:
    from django.db import connection

    connection.close()
    connection.close_pool()


if __name__ == "__main__":
    main()
