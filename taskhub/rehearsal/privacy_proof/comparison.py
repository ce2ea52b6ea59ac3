"""Two worlds compared, and the report about them."""

from collections.abc import Iterable
from dataclasses import dataclass

from .client import Response, Responses
from .requests import Request


@dataclass(frozen=True)
class Difference:
    """One response that a hidden object changed."""

    identity: str
    request: Request
    with_it: Response
    without: Response

    def __str__(self) -> str:
        return f"{self.identity}: {self.request}: {self.with_it.difference(self.without)}"


@dataclass(frozen=True)
class Comparison:
    """How much was requested, where the worlds differ, and which responses were server errors (`broken`)."""

    urls: int
    identities: int
    responses: int
    differences: tuple[Difference, ...]
    broken: tuple[str, ...]

    def __str__(self) -> str:
        requested = f"{self.urls} URLs × {self.identities} callers, {self.responses} answers"
        return f"{requested}: {len(self.differences)} differences, {len(self.broken)} broken"


def compare(with_it: Responses, without: Responses) -> Comparison:
    """Compare the responses of both worlds, request by request."""
    differences = tuple(
        Difference(*key, response, without[key]) for key, response in with_it.items() if response != without[key]
    )
    broken = tuple(f"{name}: {request}: {it.status}" for (name, request), it in with_it.items() if it.status >= 500)
    urls = {request.route for _, request in with_it}
    identities = {name for name, _ in with_it}
    return Comparison(len(urls), len(identities), len(with_it), differences, broken)


def marker_leaks(responses: Responses, markers: Iterable[str]) -> list[str]:
    """Where a marker stands in a response whose request did not contain it."""
    markers = list(markers)
    return [
        f"{name}: {request}: {marker}"
        for (name, request), response in responses.items()
        for marker in markers
        if marker in response.body and marker not in str(request)
    ]
