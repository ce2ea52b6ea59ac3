"""The web server: its processes (see `webserver`), and the background's processes beside them."""

import sys
import threading
from collections.abc import Callable
from typing import Any

from django.conf import settings
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels

from apps.core import shutdown
from taskhub.processes import DRAIN, Child, end_with_parent
from taskhub.webserver.worker import run_worker

HEADER_SECONDS = 15
"""In which the head of a request must arrive, on a new connection and on one that is used again."""
CELERY = [sys.executable, "-m", "celery", "-A", "taskhub"]


class Wakeful(threading.Event):
    """An event whose waiter looks up twice a second: Python misses a signal that comes just before a wait."""

    def wait(self, timeout: float | None = None) -> bool:
        while timeout is None and not self.is_set():
            super().wait(0.5)
        return super().wait(timeout)


def serve(host: str, port: int, *, with_children: bool) -> None:
    """Answer requests until SIGTERM or SIGINT; then end everything, drained."""
    server = Granian(
        "taskhub.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=settings.WEB_PROCESSES,
        blocking_threads=settings.WEB_THREADS,
        backpressure=settings.WEB_CONNECTIONS,
        loop=Loops.asyncio,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_SECONDS * 1000),
        # In a rehearsal every lost answer would be logged as an error.
        log_level=LogLevels.critical if settings.CHAOS else LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=DRAIN,
        working_dir=settings.BASE_DIR,
    )
    server.main_loop_interrupt = Wakeful()
    children: list[Child] = []

    @server.on_startup
    def announce() -> None:
        if with_children:
            children.extend([_worker(), _beat()])
        name = f"[{host}]" if ":" in host else host
        print(f"TaskHub listens on http://{name}:{port}", flush=True)  # noqa: T201

    @server.on_shutdown
    def end_children() -> None:
        for child in children:
            child.ask_to_stop()
        for child in children:
            child.wait()

    server.serve(spawn_target=run_worker, target_loader=_load)


def _load(_target: str) -> Callable[..., Any]:
    """Runs in each web process before its first request."""
    end_with_parent()
    shutdown.watch()
    from taskhub.wsgi import application  # in the process that serves: it may start the background there

    return application


def _worker() -> Child:
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"]
    pool = ["--pool", "threads", "--concurrency", str(settings.WORKER_THREADS)]
    return Child([*CELERY, "worker", *pool, *quiet], process="worker")


def _beat() -> Child:
    return Child([*CELERY, "beat", "--pidfile", "", "--loglevel", "WARNING"], process="beat")
