"""Celery: hints that work is due, and ticks that look for it. Rows are the truth, a message never is.

Losing the broker costs nothing but a little delay: hints are dropped, and beat runs its ticks itself.
"""

import logging
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from celery import Celery
from celery.beat import Scheduler, Service
from celery.signals import worker_init, worker_ready
from django.conf import settings
from kombu import Queue

from apps.automation.push.slots import slots
from apps.core.background import messenger

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskhub.settings")

if "celery" in Path(sys.argv[0]).parts[-2:]:  # `celery -A taskhub worker`: the settings ask what this process is
    for name in {"worker", "beat"}.intersection(sys.argv):
        os.environ.setdefault("TASKHUB_PROCESS", name)

logger = logging.getLogger(__name__)

# Seconds between two looks for what is due, by job.
TICKS = {
    "automation.sweep": 1.0,
    "automation.attend": 15.0,
    "automation.push": 1.0,
    "events.dispatch": 1.0,
    "notifications.send_mail": 2.0,
    "operations.work": 1.0,
    "tasks.migrate": 2.0,
    "actors.forget_sign_ins": 600.0,
    "api.forget_keys": 600.0,
    "tasks.sweep_files": 60.0,
}
TICK_QUEUE = "ticks"
# Calls of push functions take as long as others let them: a worker can have this queue for its own.
PUSH_QUEUE = "push"

app = Celery("taskhub", set_as_current=True)
app.conf.update(
    broker_url=os.environ.get("CELERY_BROKER_URL") or "memory://",
    broker_connection_timeout=1,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    task_default_queue="hints",
    task_queues=[Queue("hints"), Queue(TICK_QUEUE, max_length=100), Queue(PUSH_QUEUE, max_length=100)],
    task_routes={**{name: {"queue": TICK_QUEUE} for name in TICKS}, "automation.push": {"queue": PUSH_QUEUE}},
    task_ignore_result=True,
    task_publish_retry=False,
    task_serializer="json",
    accept_content=["json"],
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    worker_enable_remote_control=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    beat_enable_remote_control=False,
    beat_scheduler="taskhub.celery:TickScheduler",
    timezone="UTC",
)
if app.conf.broker_url.startswith("memory"):
    app.conf.broker_transport_options = {"polling_interval": 0.05}
elif app.conf.broker_url.startswith("redis"):
    app.conf.broker_transport_options = {"socket_connect_timeout": 1, "socket_timeout": 5}
app.autodiscover_tasks(related_name="jobs")


def broker_answers() -> bool:
    """Whether the broker takes a connection now; says so within about a second."""
    try:
        with app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=1)
    except Exception:  # each transport has errors of its own
        return False
    return True


@worker_init.connect
def forget_old_ticks(**_: Any) -> None:
    """Ticks that piled up while no worker ran are worth one look, not one each."""
    try:
        with app.connection_for_write() as connection:
            for name in {TICK_QUEUE, PUSH_QUEUE} & set(app.amqp.queues.consume_from):
                app.amqp.queues[name](connection.default_channel).purge()
    except Exception as error:  # a queue that is not there yet, a broker that is not up yet
        logger.info("No old ticks forgotten: %s", type(error).__name__)


@worker_init.connect
def bound_calls(sender: Any, **_: Any) -> None:
    """However slow those are that push functions call, half of a worker does its other work."""
    alone = set(app.amqp.queues.consume_from) == {PUSH_QUEUE}
    usual = sender.concurrency if alone else sender.concurrency // 2
    slots.bound(settings.PUSH_CALLS or max(1, usual))


@worker_ready.connect
def stay_awake(sender: Any, **_: Any) -> None:
    """An event loop without messages would sleep through SIGTERM: wake it twice a second."""
    if sender.hub:
        sender.timer.call_repeatedly(0.5, bool)


class TickScheduler(Scheduler):
    """Sends each tick on time by the monotonic clock, and runs it here when the broker is gone.

    Keeps nothing on disk; a second beat, or one that stands still, does no harm.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._due = dict.fromkeys((name for name in TICKS if name in app.tasks), 0.0)
        self._running: dict[str, threading.Thread] = {}

    def setup_schedule(self) -> None:
        """The schedule is TICKS."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Send what is due; answer the seconds until the next is."""
        for name, due in self._due.items():
            if due <= time.monotonic():
                self._due[name] = time.monotonic() + TICKS[name]
                if not messenger.send(name):
                    self._run_here(name)
        return max(0.0, min(self._due.values(), default=time.monotonic() + 1) - time.monotonic())

    def _run_here(self, name: str) -> None:
        """At most one run of each job at a time, beside the clock."""
        last = self._running.get(name)
        if last is None or not last.is_alive():
            thread = threading.Thread(target=app.tasks[name].apply, name=name, daemon=True)
            self._running[name] = thread
            thread.start()


class Background:
    """Worker and beat in threads of this process: the embedded default."""

    def __init__(self, threads: int) -> None:
        app.loader.import_default_modules()
        self.worker = app.WorkController(
            pool="threads",
            concurrency=threads,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        self.beat = Service(app, scheduler_cls=TickScheduler)

    def start(self) -> None:
        threading.Thread(target=self.worker.start, name="worker", daemon=True).start()
        threading.Thread(target=self.beat.start, name="beat", daemon=True).start()

    def stop(self) -> None:
        """Ends both; returns when the jobs that were running have ended."""
        self.beat.stop(wait=True)
        self.worker.stop()
