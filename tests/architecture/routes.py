"""The routes that Django knows, spelled as urls.py does."""

import re
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

# The API's answer to what is not there.
API_ABSENT = "api/v1/**"
# Sample values for the parts of a route that vary, by converter.
SAMPLES = {"uuid": "0193a1b2-0000-7000-8000-000000000001", "int": "1"}
PART = re.compile(r"<(?:(\w+):)?(\w+)>")


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """(route, pattern) of all; the admin's own are Django's business and read `admin/**`."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield folded(route), entry
        else:
            yield from routes(entry, route)


def folded(route: str) -> str:
    """The admin's many as one, and the catch-all of the API by its plain name."""
    if route.startswith("admin/"):
        return "admin/**"
    return API_ABSENT if route.startswith("api/v1/^") else route


def spelled(route: str) -> str:
    """The route as the contract spells it: `tasks/{id}`."""
    return PART.sub(r"{\2}", route)


def paths() -> dict[str, str]:
    """Of each spelled route a path that it matches, naming things that do not exist."""
    found = {
        spelled(route): "/" + PART.sub(lambda part: SAMPLES.get(part[1], "nothing"), route) for route, _ in routes()
    }
    return found | {"admin/**": "/admin/", API_ABSENT: "/api/v1/no/such/thing"}
