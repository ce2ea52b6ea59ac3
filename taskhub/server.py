"""The web server: its processes (see `webserver`), and the background's processes beside them.

The parent imports the application and opens nothing. The web processes are forks of it: they start at once, and share
the memory of what is imported.
"""

import gc
import sys
import threading
from collections.abc import Callable
from multiprocessing.util import Finalize
from typing import Any

from django.conf import settings
from django.db import connection
from django.urls import resolve
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels

from apps.core import shutdown
from taskhub.celery import Background
from taskhub.processes import DRAIN, Child, bound_memory, end_with_parent
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

    bound_memory()
    application = _imported()
    server.serve(spawn_target=run_worker, target_loader=lambda _target: _begin(application))


def _imported() -> Callable[..., Any]:
    """The application with all that its first request would import. Nothing is open, so that it can be forked."""
    from taskhub.wsgi import application  # when the settings are final

    resolve("/")
    connection.close()
    if hasattr(connection, "close_pool"):
        connection.close_pool()
    gc.collect()
    gc.freeze()  # collections of the forks leave the shared memory alone
    return application


def _begin(application: Callable[..., Any]) -> Callable[..., Any]:
    """Runs in each web process before its first request. What ends with the process is waited for."""
    end_with_parent()
    shutdown.watch()
    if settings.CHAOS:
        Finalize(None, application.conclude, [settings.CHAOS_REPORT], exitpriority=50)  # type: ignore[attr-defined]
    if settings.PROCESS == "embedded":
        background = Background(settings.WORKER_THREADS)
        background.start()
        Finalize(None, background.stop, exitpriority=100)
    return application


def _worker() -> Child:
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"]
    pool = ["--pool", "threads", "--concurrency", str(settings.WORKER_THREADS)]
    return Child([*CELERY, "worker", *pool, *quiet], process="worker")


def _beat() -> Child:
    return Child([*CELERY, "beat", "--pidfile", "", "--loglevel", "WARNING"], process="beat")
