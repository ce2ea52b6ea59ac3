"""Load: n connections that call as fast as they are answered, and what that gave."""

import contextlib
import http.client
import json
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.server import Hub


class Client:
    """One kept connection of one caller. Raises RuntimeError on any answer but 2xx."""

    def __init__(self, hub: Hub) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", hub.port)
        self.headers = {"Authorization": f"Bearer {hub.key}", "Content-Type": "application/json"}

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        data = None if body is None else json.dumps(body).encode()
        try:
            answer = self._send(method, path, data, headers)
        except (BrokenPipeError, http.client.RemoteDisconnected):  # the server closes what is idle for long
            self.connection.close()
            answer = self._send(method, path, data, headers)
        content = answer.read()
        if not 200 <= answer.status < 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:500]!r}")
        return json.loads(content) if content else None

    def _send(self, method: str, path: str, data: bytes | None, headers: dict[str, str]) -> http.client.HTTPResponse:
        self.connection.request(method, f"/api/v1{path}", data, {**self.headers, **headers})
        return self.connection.getresponse()


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
