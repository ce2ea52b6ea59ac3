"""The demo: TaskHub, a shop and a migrator on this machine, with people to sign in as.

    python -m examples.db_migration.demo [--automatic]

PORT (default 8000), DATABASE_URL and TASKHUB_DATA_DIR (default var) are TaskHub's; ROWS (default 200000) is
the size of the shop. Ctrl-C or SIGTERM ends everything; started again it goes on with its data.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import time
from functools import partial

import httpx2

from .config import shop_command
from .demo_processes import Program, Supervisor, hold_alone
from .demo_setup import PEOPLE, ROOT, Demo, open_demo, prepare
from .shop_data import ROWS

RESTART_WORKER_AFTER = 10
READY_SECONDS = 60


def main() -> int:
    """Sets up, starts, prints, watches; ends when asked to."""
    options = _parser().parse_args()
    os.chdir(ROOT)
    supervisor = Supervisor([])
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: supervisor.stopping.set())
    demo = open_demo(dict(os.environ))
    hold_alone(demo.data_dir)
    supervisor.programs = programs(demo, automatic=options.automatic)
    for program in supervisor.programs:
        program.end_leftover()
    _require_free(demo.port)
    prepare(demo, rows=int(os.environ.get("ROWS") or ROWS))
    try:
        _start(demo, supervisor)
        supervisor.run()
    finally:
        print("Ending …", flush=True)
        supervisor.stop()
    print("All ended. The data stays; start the demo again to go on.")
    return 0


def programs(demo: Demo, *, automatic: bool) -> list[Program]:
    """TaskHub, the shop and the worker."""
    worker = [
        "-m",
        "examples.db_migration.worker",
        "--url",
        demo.url,
        "--key-file",
        str(demo.key_file),
        "--rows-per-second",
        os.environ.get("ROWS_PER_SECOND") or "8000",
        "--data",
        str(demo.data_dir),
        *(["--automatic"] if automatic else []),
    ]
    shop = ["-m", "examples.db_migration.shop", "--data", str(demo.data_dir), "run"]
    taskhub = ["manage.py", "serve", "--background", "--bind", f"127.0.0.1:{demo.port}"]
    program = partial(Program, cwd=ROOT, env=demo.environment, data_dir=demo.data_dir)
    return [
        program("taskhub", taskhub, restart_after=1),
        program("shop", shop, restart_after=2),
        program("worker", worker, restart_after=RESTART_WORKER_AFTER),
    ]


def _start(demo: Demo, supervisor: Supervisor) -> None:
    """Starts TaskHub, waits until it answers, then the others."""
    taskhub, *others = supervisor.programs
    taskhub.start()
    deadline = time.monotonic() + READY_SECONDS
    while not _is_ready(demo):
        if supervisor.stopping.is_set():
            return
        if time.monotonic() > deadline or not taskhub.is_running():
            raise SystemExit(f"TaskHub did not start:\n{taskhub.last_words()}")
        time.sleep(0.2)
    for program in others:
        program.start()
    print(words(demo), flush=True)


def _is_ready(demo: Demo) -> bool:
    try:
        return httpx2.get(f"{demo.url}/readyz", trust_env=False, timeout=5).is_success
    except httpx2.TransportError:
        return False


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise SystemExit(f"Port {port} is in use. Choose another one: PORT=8080 make demo") from None


def words(demo: Demo) -> str:
    """What the demo prints: where it is, who to be, what to try, how to break it."""
    width = max(map(len, demo.passwords.values()))
    people = "\n".join(f"  {name:<6} {demo.passwords[name]:<{width}}  {who}" for name, (who, _) in PEOPLE.items())
    return STORY.format(
        url=demo.url,
        people=people,
        shop=shop_command(demo.data_dir),
        worker=demo.data_dir / "worker.pid",
        taskhub=demo.data_dir / "taskhub.pid",
        logs=demo.data_dir,
    )


STORY = """
TaskHub runs at {url}

Sign in (a private window for each person keeps them apart):
{people}

Try it
  1. As ana: Requests > Database migration, source shop-old, target shop-new. The migrator looks at both
     sides, then asks ana when to start; then it copies, and asks her to switch the shop, step by step.
  2. As dora: she gets what the migrator cannot do by itself.

Break it
  A row that the target refuses: dora gets the migration with a note that names the row
      {shop} spoil shop-old
      {shop} mend shop-old
      (then dora chooses “Fix and return”: the copy goes on where it stopped)
  A table is missing, a database is away: choose the databases called “Fault: …”
  The worker is killed in the middle (it is started again after {after} s and goes on)
      kill -9 $(cat {worker})
  TaskHub is restarted meanwhile
      kill $(cat {taskhub})
  Once more from the start
      {shop} set reads=a writes=a
      {shop} create shop-new --empty

Logs are in {logs}. Ctrl-C ends everything; start the demo again to go on.
""".replace("{after}", str(RESTART_WORKER_AFTER))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m examples.db_migration.demo",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--automatic", action="store_true", help="the migrator asks nobody")
    return parser


if __name__ == "__main__":
    sys.exit(main())
