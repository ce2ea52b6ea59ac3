"""The protocol without the network: which calls are sent, when they are sent again, and how answers are read.

Nothing here does I/O or sleeps. `exchange` yields the steps; both clients carry them out.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import count
from typing import Any, Generic, TypeVar

from .encoding import encode
from .errors import TaskHubError, Unreachable, refusal

T = TypeVar("T")
TEMPORARY = frozenset({429, 500, 502, 503, 504})
"""Statuses after which the same call may go well; every call here may be repeated."""


@dataclass(frozen=True)
class Reply:
    """An answer as it came."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait before the next try; a date is understood too."""
        text = self.headers.get("retry-after", "").strip()
        if not text:
            return None
        if text.replace(".", "", 1).isdigit():
            return float(text)
        time = _http_date(text)
        return max(0.0, (time - self.time).total_seconds()) if time else None

    @property
    def request_id(self) -> str | None:
        """Under which TaskHub logged the call."""
        return self.headers.get("x-request-id")

    @property
    def time(self) -> datetime:
        """The time at which TaskHub wrote it: its `Date` header, else the clock here."""
        return _http_date(self.headers.get("date", "")) or datetime.now(UTC)

    def document(self) -> Any:
        """Its JSON; None if there is none."""
        try:
            return json.loads(self.content) if self.content else None
        except ValueError:
            return None

    def error(self) -> TaskHubError:
        """The exception for it, if it is a refusal."""
        return refusal(self.document(), status=self.status, retry_after=self.retry_after, request_id=self.request_id)


@dataclass(frozen=True)
class Lost:
    """No answer came. `sent` is False if the call certainly never left."""

    reason: str
    sent: bool = True
    retry_after: None = None

    def error(self) -> TaskHubError:
        return Unreachable(self.reason)


@dataclass(frozen=True)
class Call(Generic[T]):
    """One call, and how its answer reads. Repeating it does no harm: see `calls.py` for why, each time.

    The body is encoded when the call is made: what JSON cannot hold raises UnwritableValue there, and every
    repetition sends the same words.
    """

    method: str
    path: str
    read: Callable[[Reply], T]
    body: Any = None
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    holds: float = 0.0
    """Seconds for which TaskHub may hold the answer back."""
    within: float | None = None
    """Seconds in which the answer must come, if not the client's."""
    content: bytes | None = None
    """Bytes to send instead of a JSON body."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "body", encode(self.body))

    def result(self, reply: Reply, *, repeated: bool) -> T:
        """The value of the answer. Raises Refused. An object that a lost call deleted counts as deleted."""
        if reply.ok or (repeated and self.method == "DELETE" and reply.status == 404):
            return self.read(reply)
        raise reply.error()


@dataclass(frozen=True)
class Pause:
    """Wait so many seconds. `sent`: the call may have taken effect though no answer came."""

    seconds: float
    sent: bool = False


@dataclass(frozen=True)
class Retry:
    """How long and how often a call without an answer is repeated; pauses double, with jitter."""

    give_up_after: float = 60.0
    first: float = 0.2
    longest: float = 5.0

    def pause(self, attempt: int, asked: float | None = None) -> float:
        """Seconds before the next try; never less than TaskHub asked for."""
        usual = min(self.longest, self.first * 2.0 ** min(attempt, 20))
        return max(usual * random.uniform(0.5, 1.0), asked or 0.0)  # noqa: S311  (spreads load, keeps no secret)


FOREVER = Retry(give_up_after=float("inf"))
ONCE = Retry(give_up_after=0.0)
Steps = Generator["Call[T] | Pause", "Reply | Lost | None", T]


def exchange(call: Call[T], retry: Retry, clock: Callable[[], float] = time.monotonic) -> Steps[T]:
    """Yields the call to send (answer it with a Reply or Lost) and pauses to make, until there is a result.

    Raises what TaskHub refused, or Unreachable when the patience of `retry` is over.
    """
    end = clock() + retry.give_up_after
    lost = False
    for attempt in count():
        answer = yield call
        assert answer is not None  # noqa: S101  (a call is answered)
        if isinstance(answer, Reply) and answer.status not in TEMPORARY:
            return call.result(answer, repeated=lost)
        lost = lost or (isinstance(answer, Lost) and answer.sent)
        seconds = retry.pause(attempt, answer.retry_after)
        if clock() + seconds > end:
            raise answer.error()
        yield Pause(seconds, sent=lost)
    raise AssertionError  # pragma: no cover


def _http_date(text: str) -> datetime | None:
    try:
        time = parsedate_to_datetime(text)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
