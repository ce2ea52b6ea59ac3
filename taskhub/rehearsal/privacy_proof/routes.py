"""The routes that Django's resolver knows, and which objects their placeholders name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

PART = re.compile(r"<(?:\w+:)?(\w+)>")
PLACEHOLDER = re.compile(r"\{\w+\}")

# Routes whose placeholders are not named by the word before them.
NOUNS = {
    "requests/{key}/sent/": ("tasks",),
    "requests/{slug}/{name}/": ("containers", "types"),
    "admin/r/{content_type_id}/{object_id}/": ("contenttypes", "tasks"),
}
# Routes that are regular expressions, and paths that they match.
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
    """`template` as in the REST contract: `tasks/{id}`; `nouns` are the objects that its placeholders name."""

    template: str
    nouns: tuple[str, ...]

    def path(self, *names: str) -> str:
        """The path with these names in place of the placeholders."""
        left = iter(names)
        return "/" + PLACEHOLDER.sub(lambda _part: next(left), self.template)


def all_routes() -> list[Route]:
    """Every route, with those of the administration."""
    return [Route(template, nouns_of(template)) for route in _routes(get_resolver()) for template in _templates(route)]


def _routes(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield route
        else:
            yield from _routes(entry, route)


def _templates(route: str) -> list[str]:
    for start, paths in PATTERNS.items():
        if route.startswith(start):
            return paths
    return [PART.sub(r"{\1}", route)]


def nouns_of(template: str) -> tuple[str, ...]:
    """The nouns that the placeholders of a route name: the word before each."""
    if template in NOUNS:
        return NOUNS[template]
    words = template.split("/")
    before = [words[index - 1] for index, word in enumerate(words) if PLACEHOLDER.search(word)]
    return tuple(PLURAL.get(word, word) for word in before)
