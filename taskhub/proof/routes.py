"""The routes that Django's resolver knows, and what the varying parts of each name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

PART = re.compile(r"<(?:\w+:)?(\w+)>")
SPELLED_PART = re.compile(r"\{\w+\}")

# Routes whose parts are not named by the word before them.
NOUNS = {
    "requests/{key}/sent/": ("tasks",),
    "requests/{slug}/{name}/": ("containers", "types"),
    "admin/r/{content_type_id}/{object_id}/": ("contenttypes", "tasks"),
}
# Routes that are regular expressions, by paths that they match.
PATTERNS = {
    "api/v1/^(?P<path>.*)$": ["api/v1/no/such/thing"],
    "admin/^(?P<app_label>": ["admin/tasks/", "admin/events/", "admin/containers/", "admin/actors/"],
    "admin/(?P<url>.*)$": ["admin/nothing"],
}
# The administration names a model in the singular.
PLURAL = {
    "task": "tasks", "user": "users", "container": "containers", "tasktype": "tasktypes", "event": "events",
    "application": "applications", "team": "teams", "apikey": "apikeys", "group": "groups",
    "typeversion": "typeversions",
}  # fmt: skip


@dataclass(frozen=True)
class Route:
    """`spelled` as the contract spells it: `tasks/{id}`; `nouns` are what its parts name, in order."""

    spelled: str
    nouns: tuple[str, ...]

    def path(self, *names: str) -> str:
        """The path with these names in place of the parts."""
        given = iter(names)
        return "/" + SPELLED_PART.sub(lambda _part: next(given), self.spelled)


def all_routes() -> list[Route]:
    """Every route, the administration's own included."""
    return [Route(spelled, nouns_of(spelled)) for route in _routes(get_resolver()) for spelled in _spelled(route)]


def _routes(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield route
        else:
            yield from _routes(entry, route)


def _spelled(route: str) -> list[str]:
    for start, paths in PATTERNS.items():
        if route.startswith(start):
            return paths
    return [PART.sub(r"{\1}", route)]


def nouns_of(spelled: str) -> tuple[str, ...]:
    """What the parts of a route name: by the word before each."""
    if spelled in NOUNS:
        return NOUNS[spelled]
    words = spelled.split("/")
    before = [words[index - 1] for index, word in enumerate(words) if SPELLED_PART.search(word)]
    return tuple(PLURAL.get(word, word) for word in before)
