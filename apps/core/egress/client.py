"""Sending one request: to the address that was checked, within a deadline, reading no more than a cap."""

import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpcore2

from . import addresses, urls

DEADLINE = 15.0
CONNECT_TIMEOUT = 5.0
MOST_BYTES = 65_536
# Headers that are ours to say.
OWN_HEADERS = {"host", "connection", "content-length", "transfer-encoding", "accept-encoding"}


class Refused(Exception):
    """The rule forbids it: no such URL, or an address that is not public. Trying again changes nothing."""


class Unreachable(Exception):
    """No answer: no such name, no connection, bad TLS, a broken protocol, or too slow."""


class TimedOut(Unreachable):
    """Too slow: it may have got there."""


@dataclass(frozen=True)
class Reply:
    """An answer. The body is cut at the cap (`truncated`) and never decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    truncated: bool
    duration_ms: int


def send(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    deadline: float = DEADLINE,
    most: int = MOST_BYTES,
) -> Reply:
    """One request, one answer; a redirect is an answer like any other.

    `deadline` is in seconds and covers all of it, from the name to the last byte read; `most` bytes of the
    body are read. Raises `Refused` and `Unreachable`.
    """
    started = time.monotonic()
    try:
        place = urls.read_url(url)
    except urls.NotAUrl as error:
        raise Refused(str(error)) from None
    request = httpcore2.Request(
        method,
        httpcore2.URL(
            scheme=place.scheme.encode(), host=place.host.encode(), port=place.port, target=place.target.encode()
        ),
        headers=_headers(place, headers or {}, body),
        content=body,
    )
    try:
        return _exchange(request, started, started + deadline, most)
    except httpcore2.TimeoutException as error:
        raise TimedOut(f"{type(error).__name__}: {error}") from None
    except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        raise Unreachable(f"{type(error).__name__}: {error}") from None
    except (OSError, ssl.SSLError) as error:
        raise Unreachable(str(error)) from None


def _exchange(request: httpcore2.Request, started: float, ends_at: float, most: int) -> Reply:
    backend = _CheckedBackend(addresses.openings(), ends_at)
    with httpcore2.ConnectionPool(
        network_backend=backend, ssl_context=ssl.create_default_context(), max_keepalive_connections=0
    ) as pool:
        response = pool.handle_request(request)
        try:
            body, truncated = _read(response, most)
        finally:
            response.close()
    return Reply(
        status=response.status,
        headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers},
        body=body,
        truncated=truncated,
        duration_ms=round((time.monotonic() - started) * 1000),
    )


def _read(response: httpcore2.Response, most: int) -> tuple[bytes, bool]:
    body = bytearray()
    for chunk in response.iter_stream():
        body += chunk
        if len(body) > most:
            return bytes(body[:most]), True
    return bytes(body), False


def _headers(place: urls.Url, headers: Mapping[str, str], body: bytes) -> list[tuple[bytes, bytes]]:
    given = {name: value for name, value in headers.items() if name.lower() not in OWN_HEADERS}
    own = {
        "Host": place.authority,
        "Connection": "close",
        "Accept-Encoding": "identity",
        "Content-Length": str(len(body)),
    }
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in {**own, **given}.items()]


class _CheckedBackend(httpcore2.NetworkBackend):
    """Connects to names only through the address rule, and to the very addresses that passed it."""

    def __init__(self, openings: Iterable[addresses.Opening], ends_at: float) -> None:
        self.openings = tuple(openings)
        self.ends_at = ends_at
        self.dialler = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore2.NetworkStream:
        """The first connection that one of the host's addresses accepts; all of them must be allowed."""
        resolved = urls.resolve(host, port, min(CONNECT_TIMEOUT, _left(self.ends_at)))
        if not all(addresses.may_dial(address, port, self.openings) for address in resolved):
            raise Refused("The address leads to a network that requests may not go to.")
        failure: Exception = httpcore2.ConnectError("No address accepted a connection.")
        for address in resolved:
            try:
                stream = self.dialler.connect_tcp(
                    str(address), port, min(CONNECT_TIMEOUT, _left(self.ends_at)), socket_options=socket_options
                )
                return _TimedStream(stream, self.ends_at)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure


class _TimedStream(httpcore2.NetworkStream):
    """A stream on which every step has only the time that is left of the whole."""

    def __init__(self, stream: httpcore2.NetworkStream, ends_at: float) -> None:
        self.stream = stream
        self.ends_at = ends_at

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Up to so many bytes."""
        return self.stream.read(max_bytes, _left(self.ends_at))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """All of the bytes."""
        self.stream.write(buffer, _left(self.ends_at))

    def close(self) -> None:
        """Hangs up."""
        self.stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """The same stream under TLS."""
        return _TimedStream(self.stream.start_tls(ssl_context, server_hostname, _left(self.ends_at)), self.ends_at)

    def get_extra_info(self, info: str) -> object:
        """Facts about the connection."""
        return self.stream.get_extra_info(info)


def _left(ends_at: float) -> float:
    """Seconds until the deadline. Raises when there are none."""
    left = ends_at - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout("The deadline passed.")
    return left
