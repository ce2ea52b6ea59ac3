"""The hub in memory, as a test holds it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from taskhub_client.client import AsyncClient, Client
from taskhub_client.protocol import Retry
from taskhub_client.shapes import Handover, Task
from taskhub_client.worker import Worker

from .state import ENDED, State
from .transport import KEY, MemoryTransport, Person

T = TypeVar("T")
PATIENCE = 10.0
URL = "http://memory.test"


class MemoryHub:
    """A TaskHub for one test: an application, any number of people, and the accidents that may happen."""

    def __init__(self) -> None:
        self.state = State()
        self.transport = MemoryTransport(self.state)
        self.client = self.client_of(KEY)

    def client_of(self, key: str) -> Client:
        """A client with a key: `th_memory` is the application's, `user:NAME` that of a person."""
        return Client(URL, key, transport=self.transport, retry=Retry(first=0.01))

    def async_client(self) -> AsyncClient:
        """An asynchronous client of the application."""
        return AsyncClient(URL, KEY, transport=self.transport, retry=Retry(first=0.01))

    def person(self, name: str) -> Person:
        """Somebody who may be asked."""
        return Person(self.client_of(f"user:{name}"), name)

    def declare(
        self, container: str, kind: str, body: Mapping[str, Any], *, function: Mapping[str, Any] | None = None
    ) -> None:
        """A container with one type, and the type's function with these properties (`retry_policy`, …)."""
        if name := body.get("function"):
            self.client.put(f"/functions/{name}", {"mode": "pull", **(function or {})})
        self.client.put(f"/containers/{container}", {"title": container})
        self.client.put(f"/containers/{container}/types/{kind}", body)

    @contextlib.contextmanager
    def working(self, worker: Worker) -> Iterator[Worker]:
        """The worker works for this hub, in a thread; it has ended afterwards. Raises what ended it early."""
        worker.connection, worker.wait = self.client.connection, min(worker.wait, 0.2)
        errors: list[BaseException] = []
        thread = threading.Thread(target=_run, args=[worker, errors], daemon=True)
        thread.start()
        try:
            yield worker
        finally:
            worker.stop()
            thread.join(worker.grace + PATIENCE)
        if errors:
            raise errors[0]

    # --- Waiting --------------------------------------------------------------------------------------

    def ended(self, key: str, *statuses: str, seconds: float = PATIENCE) -> Task:
        """The task, as soon as it has ended (or has one of these statuses). Raises TimeoutError."""
        wanted = statuses or ENDED
        return self._until(lambda: self._task(key, wanted), f"{key} to be {' or '.join(wanted)}", seconds)

    def asked(self, key: str, *, seconds: float = PATIENCE) -> Handover:
        """The open handover of a task, as soon as it is there. Raises TimeoutError."""

        def look() -> Handover | None:
            name = self.client.task(key)["handover"]
            return self.client.handover(name) if name else None

        return self._until(look, f"a handover of {key}", seconds)

    def _task(self, key: str, statuses: tuple[str, ...]) -> Task | None:
        task = self.client.task(key)
        return task if task["status"] in statuses else None

    def _until(self, look: Callable[[], T | None], what: str, seconds: float) -> T:
        end = time.monotonic() + seconds
        while not (result := look()):
            if time.monotonic() > end:
                raise TimeoutError(f"Waited {seconds} seconds for {what}.")
            time.sleep(0.01)
        return result

    # --- What people and accidents do -----------------------------------------------------------------

    def answer(self, key: str, action: str, *, by: str = "user:ana", comment: str = "", **fields: Any) -> None:
        """Waits until the task is handed over, and answers."""
        self.person(by.removeprefix("user:")).answer(self.asked(key), action, comment=comment, **fields)

    def take_over(self, key: str, *, by: str = "user:ana") -> None:
        """A person takes the task now; its worker's lease is superseded."""
        self.person(by.removeprefix("user:")).call("POST", f"/tasks/{key}/take-over", {})

    def expire(self, key: str) -> None:
        """The lease of the task ends now, as if its worker had died."""
        with self.state.changed:
            record = self.state.newest(key)
            if record.lease:
                record.lease.ends_at = 0.0

    def lose_answers(self, number: int = 1) -> None:
        """The next answers are lost on their way: the calls take effect, and the client repeats them."""
        self.transport.losses += number


def _run(worker: Worker, errors: list[BaseException]) -> None:
    try:
        worker.run(signals=False)
    except BaseException as error:
        errors.append(error)
