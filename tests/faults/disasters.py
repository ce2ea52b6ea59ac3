"""What happens below TaskHub while it works."""

import subprocess
import sys
import time

import psycopg

from tests.servers import ROOT, Hub

from .infrastructure import Postgres, RabbitMQ, Redis
from .storm import Disaster, Storm

REPEAT = """
import random, sys
from taskhub.celery import TICKS, app
names = [*TICKS, "events.dispatch"] * int(sys.argv[1])
random.Random(sys.argv[2]).shuffle(names)
app.loader.import_default_modules()
for name in names:
    app.send_task(name, ignore_result=True)
"""
Broker = Redis | RabbitMQ


def restart_broker(broker: Broker, seconds: float = 2.0) -> None:
    """It is gone for a while, with all that it held."""
    broker.stop()
    time.sleep(seconds)
    broker.start()


def repeat_messages(hub: Hub, times: int = 20) -> None:
    """Every message that there can be, again and again and in no order."""
    command = [sys.executable, "-c", REPEAT, str(times), "1"]
    subprocess.run(command, cwd=ROOT, env=hub.environment, check=True, capture_output=True)


def kill_and_restart(hub: Hub, name: str) -> None:
    """kill −9 of a process of the hub and of what runs below it; then it is started again."""
    process = hub.processes[name]
    process.sweep_away()
    process.start()


def restart_softly(hub: Hub, name: str) -> None:
    """SIGTERM, and the same process again when it has ended, drained."""
    hub.processes[name].end()
    hub.processes[name].start()


def end_connections(postgres: Postgres) -> None:
    """pg_terminate_backend of all."""
    with psycopg.connect(postgres.url, autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")


def kill_postgres(postgres: Postgres) -> None:
    """kill −9 of the postmaster; it comes up again by itself from its log."""
    postgres.process.kill()
    time.sleep(1)
    postgres.start()


def spread(parts: int, name: str, act: object, *, late: float = 0.0) -> list[Disaster]:
    """The same disaster so many times over the run."""
    return [((number + 0.5 + late) / parts, name, act) for number in range(parts)]  # type: ignore[misc]


def pauses(storm: Storm, times: int) -> list[Disaster]:
    """So many workers stand still past their leases."""
    return spread(times, "pause", storm.pause_one)
