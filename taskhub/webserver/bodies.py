"""Bodies of requests on their way: received by the event loop, without a thread, under a deadline."""

import contextlib
import io
import logging
import tempfile
import threading
import time
from collections import Counter
from http import HTTPStatus
from typing import IO, Any

from django.conf import settings

from apps.core import shutdown

from .exchange import Exchange

logger = logging.getLogger(__name__)

SMALL = 64 * 1024
"""Bytes up to which a body is received in one step."""
IN_MEMORY = 1024 * 1024
"""Bytes up to which a body stays in memory: what the API accepts as JSON. Larger ones are uploads."""
LOWEST_RATE = 16 * 1024
"""Bytes a second that a body must reach, after the seconds that it may take anyhow."""
SWEEP_SECONDS = 0.5


class Bodies:
    """All bodies that this process is receiving. Ends those that are too slow, and all of them at its end."""

    def __init__(self) -> None:
        self.pending: dict[Body, Any] = {}
        self.uploads = Uploads(settings.WEB_UPLOADS)
        threading.Thread(target=self._watch, name="slow bodies", daemon=True).start()

    def receive(self, exchange: Exchange, length: int | None) -> None:
        """Run the exchange in some thread when its body has arrived. `length`: as declared, None for chunks."""
        if length is not None and length > _largest():
            exchange.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large.")
            return
        body = Body(self, exchange, length)
        if length is not None and length <= SMALL:
            self.wait(body, exchange.proto(), body.accept_whole)
        else:
            body.read_on()

    def wait(self, body: "Body", future: Any, then: Any) -> None:
        """Call `then(future)` when granian's future is done or cancelled."""
        self.pending[body] = future
        future.add_done_callback(then)

    def _watch(self) -> None:
        while True:
            time.sleep(SWEEP_SECONDS)
            self._end_late()

    def _end_late(self) -> None:
        """A function of its own: a name that went on holding a body would hold its connection open."""
        now = time.monotonic()
        for body, future in list(self.pending.items()):
            if shutdown.stopping.is_set() or now > body.deadline:
                future.cancel()  # which calls back


class Uploads:
    """How many large bodies are received at once: in all, and at most a quarter of that for one address."""

    def __init__(self, most: int) -> None:
        self.most, self.each = most, max(1, most // 4)
        self.clients: Counter[str] = Counter()
        self.lock = threading.Lock()

    def begin(self, client: str) -> bool:
        with self.lock:
            if self.clients.total() >= self.most or self.clients[client] >= self.each:
                return False
            self.clients[client] += 1
            return True

    def end(self, client: str) -> None:
        with self.lock:
            self.clients[client] -= 1
            self.clients += Counter()  # forgets those without any


class Body:
    """One body: what has arrived of it, and until when more must come."""

    def __init__(self, bodies: Bodies, exchange: Exchange, length: int | None) -> None:
        self.bodies, self.exchange, self.length = bodies, exchange, length
        self.started = time.monotonic()
        self.received = 0
        self.stream: Any = None
        self.file: IO[bytes] | None = None
        self.is_upload = False

    @property
    def deadline(self) -> float:
        """By the monotonic clock: some seconds for everybody, more for what arrives at the lowest rate."""
        return self.started + settings.WEB_BODY_SECONDS + self.received / LOWEST_RATE

    def accept_whole(self, future: Any) -> None:
        """A small body has arrived, or never will."""
        self.bodies.pending.pop(self, None)
        if (content := self._content(future)) is not None:
            self.exchange.run(io.BytesIO(content))

    def read_on(self) -> None:
        """Receive what is there; come back when more is."""
        try:
            if self.stream is None:
                self.stream = self.exchange.proto.__aiter__()
                self.file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed by `_end`
            while True:
                future = self.stream.__anext__()
                if not future.done():
                    self.bodies.wait(self, future, self._accept_piece)
                    return
                if not self._take(future):
                    return
        except Exception:
            logger.exception("A body could not be received.")
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, "The body could not be received.")

    def _accept_piece(self, future: Any) -> None:
        self.bodies.pending.pop(self, None)
        if self._take(future):
            self.read_on()

    def _take(self, future: Any) -> bool:
        """Store a piece. Whether there may be more."""
        piece = self._content(future)
        if piece is None:
            self._end()
            return False
        if not piece:
            self._complete()
            return False
        self.received += len(piece)
        return self._has_room() and self._store(piece)

    def _has_room(self) -> bool:
        if self.received > _largest():
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large.")
            return False
        if self.received > IN_MEMORY and not self.is_upload:
            self.is_upload = self.bodies.uploads.begin(self.exchange.client)
            if not self.is_upload:
                self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "Too many uploads at once. Try again in a moment.")
                return False
        return True

    def _store(self, piece: bytes) -> bool:
        try:
            self.file.write(piece)  # type: ignore[union-attr]
        except OSError as error:
            logger.error("A body finds no room: %s", error)
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "There is no room for this body now.")
            return False
        return True

    def _complete(self) -> None:
        """Run the exchange, unless the body broke off."""
        if self.length is not None and self.received != self.length:
            self._refuse(HTTPStatus.BAD_REQUEST, "The body broke off.")
            return
        try:
            self.file.seek(0)  # type: ignore[union-attr]
            self.exchange.run(self.file)  # type: ignore[arg-type]
        finally:
            self._end()

    def _content(self, future: Any) -> bytes | None:
        """What granian's future brings; None, and an answer, if that is nothing."""
        if future.cancelled():
            if shutdown.stopping.is_set():
                self.exchange.refuse(HTTPStatus.SERVICE_UNAVAILABLE, "This server is being restarted.")
            else:
                self.exchange.refuse(HTTPStatus.REQUEST_TIMEOUT, "The body came too slowly.")
            return None
        try:
            return bytes(future.result())
        except Exception:  # granian has several kinds for a connection that broke off
            self.exchange.refuse(HTTPStatus.BAD_REQUEST, "The body broke off.")
            return None

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        self.exchange.refuse(status, detail)
        self._end()

    def _end(self) -> None:
        if self.is_upload:
            self.bodies.uploads.end(self.exchange.client)
            self.is_upload = False
        if self.file is not None:
            with contextlib.suppress(OSError):
                self.file.close()


def _largest() -> int:
    """Bytes that are received at all. More than a file may have: the application then says what is wrong."""
    return int(2 * settings.ATTACHMENT_MAX_BYTES + IN_MEMORY)
