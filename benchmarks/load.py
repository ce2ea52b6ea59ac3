"""Load: n connections that call as fast as they are answered, and what that gave."""

import contextlib
import re
import socket
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from benchmarks.server import Hub


class Client:
    """One lasting connection of one caller. Raises RuntimeError on any answer but 2xx.

    It speaks just as much HTTP as TaskHub answers, since its own work takes from the cores that are measured: Python's
    client costs four times as much for each call.
    """

    def __init__(self, hub: Hub) -> None:
        self.address = ("127.0.0.1", hub.port)
        self.headers = f"Host: 127.0.0.1:{hub.port}\r\nAuthorization: Bearer {hub.key}\r\n"
        self.socket: socket.socket | None = None
        self.received = b""

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The JSON of the answer."""
        request = self._spell(method, path, b"" if body is None else orjson.dumps(body), headers)
        try:
            status, content = self._exchange(request)
        except ConnectionError:  # the server closes what is idle for long
            self.socket = None
            status, content = self._exchange(request)
        if not 200 <= status < 300:
            raise RuntimeError(f"{method} {path}: {status} {content[:500]!r}")
        return orjson.loads(content) if content else None

    def _spell(self, method: str, path: str, data: bytes, headers: dict[str, str]) -> bytes:
        more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        content = f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        return f"{method} /api/v1{path} HTTP/1.1\r\n{self.headers}{more}{content}\r\n".encode() + data

    def _exchange(self, request: bytes) -> tuple[int, bytes]:
        if self.socket is None:
            self.socket, self.received = socket.create_connection(self.address), b""
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(request)
        while b"\r\n\r\n" not in self.received:
            self._receive()
        head, _, self.received = self.received.partition(b"\r\n\r\n")
        length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
        size = int(length[1]) if length else 0
        while len(self.received) < size:
            self._receive()
        content, self.received = self.received[:size], self.received[size:]
        return int(head[9:12]), content

    def _receive(self) -> None:
        assert self.socket is not None
        got = self.socket.recv(1 << 18)
        if not got:
            raise ConnectionResetError
        self.received += got


@dataclass
class Figures:
    """What a measurement gave: units (tasks, or calls) per second, and the times of single calls."""

    units: int = 0
    seconds: float = 0.0
    times: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.units / self.seconds if self.seconds else 0.0

    def percentile(self, percent: int) -> float:
        """Milliseconds that so many percent of the calls did not exceed."""
        if len(self.times) < 2:
            return self.times[0] * 1000 if self.times else 0.0
        return statistics.quantiles(self.times, n=100)[percent - 1] * 1000


Step = Callable[[], int]
"""One call (or a pair that belongs together); answers how many units it did, 0 when there is nothing left."""


def measure(make_step: Callable[[], Step], *, connections: int, seconds: float) -> Figures:
    """Run a step on each connection again and again. The first error of any of them is raised."""
    figures, errors, lock = Figures(), [], threading.Lock()
    begin = threading.Barrier(connections + 1)
    end = [0.0]

    def run() -> None:
        times, units = [], 0
        try:
            step = make_step()
            begin.wait()
            while time.perf_counter() < end[0]:
                start = time.perf_counter()
                done = step()
                if not done:
                    break
                times.append(time.perf_counter() - start)
                units += done
        except Exception as error:
            errors.append(error)
            begin.abort()
        with lock:
            figures.times += times
            figures.units += units

    threads = [threading.Thread(target=run) for _ in range(connections)]
    for thread in threads:
        thread.start()
    start = time.perf_counter()
    end[0] = start + seconds + 0.2
    with contextlib.suppress(threading.BrokenBarrierError):
        begin.wait()
    start = time.perf_counter()
    end[0] = start + seconds
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    figures.seconds = time.perf_counter() - start
    return figures
