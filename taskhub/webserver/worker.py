"""A web process: granian's HTTP engine, connected with `bodies` and `exchange`."""

import io
import logging
import resource
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

from granian import _granian
from granian._signals import set_sync_signals
from granian.server.mp import WorkerProcess

from .bodies import Bodies
from .exchange import Application, Exchange

logger = logging.getLogger(__name__)

UNREAD_SECONDS = 30
"""A connection whose client accepts no more bytes for so long is closed by the system (on Linux)."""
FILES = 8192
"""Open files that a process wants to be allowed: more than its connections, their files and the database's."""

native: Any = _granian


class Immediate:
    """Stands where granian expects an event loop of Python: a callback runs in the thread of the pool that has it."""

    def call_soon(self, callback: Callable[..., Any], *args: Any, context: Any = None) -> None:
        callback(*args)

    call_soon_threadsafe = call_soon


class Entrance:
    """Called by granian in a thread of its pool when the head of a request has arrived."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.bodies = Bodies()

    def __call__(self, watcher: Any) -> None:
        try:
            exchange = Exchange(self.application, watcher.scope, watcher.proto)
            headers = exchange.scope.headers
            length = headers.get("content-length")
            if "transfer-encoding" in headers:
                self.bodies.receive(exchange, None)
            elif length in {None, "0"}:
                exchange.run(io.BytesIO())
            else:
                self.bodies.receive(exchange, int(length))
        except BaseException:  # granian looks for no exception here
            logger.exception("A request was dropped.")


@WorkerProcess.wrap_target  # type: ignore[untyped-decorator]
def run_worker(
    worker_id: int,
    application: Application,
    sock: Any,
    ipc: Any,
    _loop: Any,
    _runtime_mode: Any,
    runtime_threads: int,
    runtime_blocking_threads: int,
    threads: int,
    threads_idle_timeout: int,
    connections: int,
    _task_impl: Any,
    http_mode: str,
    http1_settings: Any,
    http2_settings: Any,
    _websockets: bool,
    static_path: Any,
    _log_access_format: Any,
    ssl: tuple[Any, ...],
    _scope_options: Any,
    metrics: Any,
) -> None:
    """granian's `_spawn_wsgi_worker`, with its RSGI engine: that one reads bodies without holding a thread."""
    allow_files()
    stop = threading.Event()
    signals = set_sync_signals()  # type: ignore[no-untyped-call]
    signals.add_cb(stop.set)
    if sys.platform == "linux":
        sock = (None, listen(*sock[0].__getstate__()))
    worker = native.RSGIWorker(
        worker_id, sock, ipc, runtime_threads, runtime_blocking_threads,
        threads, threads_idle_timeout, connections, http_mode, http1_settings, http2_settings, False, static_path,
        *ssl, metrics,
    )  # fmt: skip
    loop = Immediate()
    scheduler = native.CallbackScheduler(loop, _nothing, None, _nothing, _nothing)
    scheduler._schedule_fn = Entrance(application)
    worker.serve_mtr(scheduler, loop, signals)
    stop.wait()


def listen(host: str, port: int, backlog: int) -> Any:
    """The socket of this process, as granian makes it (the processes of one server share the port), with a time-out."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_SECONDS * 1000)  # of each connection
    listener.bind((host, port))
    return native.SocketHolder(listener.detach(), False, backlog)


def allow_files() -> None:
    """Raise the limit of open files as far as the system lets us, at most to FILES."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _nothing(*_: Any) -> None:
    """What granian would tell a loop of asyncio."""
