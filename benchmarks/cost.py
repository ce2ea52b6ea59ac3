"""`python -m benchmarks.cost`: what one request costs, in one process: CPU, statements, time until the answer.

The WSGI application is called in the process that measures, with no web server and no client around it, on a
PostgreSQL database of the run's own. CPU time hardly moves with what else the machine does, so two states of the
code can be compared on a busy one. `--profile` says where the time of Python goes.
"""

import argparse
import cProfile
import io
import json
import os
import pstats
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.server import database, environment, manage
from benchmarks.work import FUNCTION, set_up, some_body

Step = Callable[[], None]


class Application:
    """The WSGI application, called as a web server would."""

    def __init__(self, key: str) -> None:
        from taskhub.wsgi import application

        self.application, self.key = application, key

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The JSON that it answers. Raises RuntimeError on any status but 2xx."""
        data = b"" if body is None else json.dumps(body).encode()
        path, _, query = path.partition("?")
        given = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
        environ = {
            "REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": f"/api/v1{path}", "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8000", "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1:8000", "HTTP_ACCEPT_ENCODING": "identity",
            "HTTP_AUTHORIZATION": f"Bearer {self.key}", "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(data)), "wsgi.input": io.BytesIO(data), "wsgi.url_scheme": "http",
            "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False, "wsgi.errors": io.StringIO(),
            "wsgi.version": (1, 0), **given,
        }  # fmt: skip
        statuses: list[str] = []
        answer = self.application(environ, lambda status, _headers: statuses.append(status))
        content = b"".join(answer)
        answer.close()
        if not statuses[0].startswith("2"):
            raise RuntimeError(f"{method} {path}: {statuses[0]} {content[:500]!r}")
        return json.loads(content) if content else None


@dataclass
class Cost:
    """Of one request (or pair that belongs together)."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    database: float = 0.0
    trips: int = 0


def main() -> None:
    options = _options()
    with database() as url, tempfile.TemporaryDirectory(prefix="taskhub-cost-") as directory:
        made = environment(url, directory)
        manage(made, "migrate", "--verbosity", "0")
        key = manage(made, "create_application", "bench")
        os.environ.update(made, TASKHUB_PROCESS="web", DATABASE_POOL_SIZE="1")
        application = Application(key)
        set_up(application.call)
        print(f"{'what':32}{'CPU ms':>8}{'tenth':>8}{'PostgreSQL ms':>15}{'wall ms':>9}{'round trips':>13}")
        for name, step, per in paths(application):
            if options.only in name:
                _report(name, step, per, options)
        _end()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cost", description=__doc__)
    parser.add_argument("--only", default="", help="only what has this in its name")
    parser.add_argument("--calls", type=int, default=300, help="how often each is called")
    parser.add_argument("--profile", type=int, default=0, help="how many lines of a profile to print")
    parser.add_argument("--by", default="tottime", help="what the profile is sorted by")
    parser.add_argument("--trace", action="store_true", help="print what is sent to the database")
    return parser.parse_args()


def paths(application: Application) -> Iterator[tuple[str, Step, int]]:
    """What is measured: its name, the call, and of how many calls one is made (bulk ones are dear)."""
    call = application.call
    body = some_body()
    task = call("POST", "/tasks", body)["id"]

    def create() -> None:
        call("POST", "/tasks", body, **{"Idempotency-Key": str(uuid.uuid4())})

    def bulk() -> None:
        call("POST", "/tasks/bulk", {"tasks": [body] * 1000})

    def pair(most: int) -> None:
        asked = {"claim_id": str(uuid.uuid4()), "functions": [FUNCTION], "max": most, "worker": "bench"}
        tasks = call("POST", "/queue/claim", asked)["tasks"]
        done = [{"task": got["id"], "token": got["lease"]["token"], "result": {"ok": True}} for got in tasks]
        if len(call("POST", "/queue/complete", {"results": done})["results"]) != most:
            raise RuntimeError("too few tasks were ready")

    yield "who am I", lambda: call("GET", "/me"), 1
    yield "create one task", create, 1
    yield "read one task", lambda: call("GET", f"/tasks/{task}"), 1
    yield "list 25 with a filter", lambda: call("GET", "/tasks?container=bench&status=new&limit=25"), 1
    yield "bulk create, 1,000 a call", bulk, 60
    for _ in range(4):
        bulk()
    yield "claim + complete, batch 1", lambda: pair(1), 1
    yield "claim + complete, batch 100", lambda: pair(100), 15


def _report(name: str, step: Step, per: int, options: argparse.Namespace) -> None:
    for _ in range(max(2, 20 // per)):
        step()
    cost = _measure(step, max(4, options.calls // per))
    cost.trips = _round_trips(step, show=options.trace)
    cpu, wall = (statistics.median(times) * 1000 for times in (cost.cpu, cost.wall))
    least = statistics.quantiles(cost.cpu, n=10)[0] * 1000
    print(f"{name:32}{cpu:8.2f}{least:8.2f}{cost.database:15.2f}{wall:9.2f}{cost.trips:13}", flush=True)
    if options.profile:
        _profile(step, max(4, options.calls // per), options)


def _measure(step: Step, calls: int) -> Cost:
    cost, backend = Cost(), _backend()
    before = _time_of(backend)
    for _ in range(calls):
        cpu, wall = time.process_time(), time.perf_counter()
        step()
        cost.cpu.append(time.process_time() - cpu)
        cost.wall.append(time.perf_counter() - wall)
    cost.database = (_time_of(backend) - before) / calls
    return cost


def _backend() -> int:
    """The process of PostgreSQL that serves the one connection of the pool."""
    from django.db import connection

    connection.ensure_connection()
    process = int(connection.connection.info.backend_pid)
    connection.close()
    return process


def _time_of(process: int) -> float:
    """Milliseconds of CPU that a process of this machine has used."""
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e6


def _round_trips(step: Step, *, show: bool) -> int:
    """How often the process waited for the database, by libpq's own trace of one call."""
    with tempfile.TemporaryFile("w+") as file:
        with _traced(file.fileno()):
            step()
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


def _profile(step: Step, calls: int, options: argparse.Namespace) -> None:
    profile = cProfile.Profile(time.process_time)
    profile.enable()
    for _ in range(calls):
        step()
    profile.disable()
    pstats.Stats(profile).sort_stats(options.by).print_stats(options.profile)


def _end() -> None:
    from django.db import connection

    connection.close()
    connection.close_pool()


if __name__ == "__main__":
    main()
