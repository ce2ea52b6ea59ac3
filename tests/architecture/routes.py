"""The routes that Django knows, spelled as urls.py does."""

import re
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

# Sample values for the parts of a route that vary.
SAMPLES = {
    "uuid": "0193a1b2-0000-7000-8000-000000000001",
    "int": "1",
    "slug": "nothing",
    "str": "nothing",
    "path": "no/thing",
}


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """(route, pattern) of all; the admin's own are Django's business and read `admin/**`."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield ("admin/**" if route.startswith("admin/") else route), entry
        else:
            yield from routes(entry, route)


def sample(route: str) -> str:
    """A path that the route matches, naming things that do not exist."""
    if route == "admin/**":
        return "/admin/"
    return "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda part: SAMPLES.get(part[1] or "str", "nothing"), route)
