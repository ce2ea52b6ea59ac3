"""The requests of each route: methods, queries and bodies, with names of hidden objects in every place for a name."""

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from .request_table import ADMINISTRATION, BODIES, QUERIES, Bodies
from .routes import Route, all_routes

READS = ("GET", "HEAD", "OPTIONS")
WRITES = ("POST", "PUT", "PATCH", "DELETE")
NAME = re.compile(r"\{(\w+)\}")
NOTHING = "nothing"


@dataclass(frozen=True)
class Names:
    """Names of objects by noun: `hidden` from the identity that sends, and `plain` ones that both worlds have."""

    hidden: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    plain: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def first(self, noun: str) -> str:
        """A plain name, else a word that names nothing."""
        return next(iter(self.plain.get(noun, ())), NOTHING)

    def narrowed(self, most: int) -> "Names":
        """The same with only the last `most` hidden names of each noun."""
        return Names({noun: names[-most:] for noun, names in self.hidden.items()}, self.plain)


@dataclass(frozen=True)
class Request:
    """One request. `names_hidden`: it names a hidden object. `body` is JSON; for forms, an object of their values."""

    route: str
    method: str
    path: str
    query: str = ""
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    names_hidden: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path}{'?' if self.query else ''}{self.query} {self.body}".rstrip()

    @property
    def is_form(self) -> bool:
        """Pages and the administration take forms, the API takes JSON."""
        return not self.route.startswith("api/")


def all_requests(names: Names, methods: Iterable[str] = (*READS, *WRITES)) -> list[Request]:
    """The requests of every route, each with plain names, and with every hidden name in each place."""
    wanted = frozenset(methods)
    requests = (it for route in all_routes() for it in requests_for(route, names) if it.method in wanted)
    return list(dict.fromkeys(requests))


def requests_for(route: Route, names: Names) -> Iterator[Request]:
    """The requests of one route."""
    for path, hides in _paths(route, names):
        yield from _reads(route.template, path, hides, names)
        for text, more in _bodies(route.template, names):
            for method in ("POST", "PUT", "PATCH"):
                yield Request(route.template, method, path, body=text, names_hidden=hides or more)
        yield Request(route.template, "DELETE", path, names_hidden=hides)


def _paths(route: Route, names: Names) -> Iterator[tuple[str, bool]]:
    plain = [names.first(noun) for noun in route.nouns]
    yield route.path(*plain), False
    for index, noun in enumerate(route.nouns):
        for hidden in names.hidden.get(noun, ()):
            yield route.path(*plain[:index], hidden, *plain[index + 1 :]), True


def _reads(route: str, path: str, hides: bool, names: Names) -> Iterator[Request]:
    for method in READS:
        yield Request(route, method, path, names_hidden=hides)
    if not route.startswith("admin/"):
        other = ("Accept", "text/html") if route.startswith("api/") else ("HX-Request", "true")
        yield Request(route, "GET", path, headers=(other,), names_hidden=hides)
    for template in _queries(route):
        for query, more in _filled(template, names):
            yield Request(route, "GET", path, query, names_hidden=hides or more)


def _queries(route: str) -> tuple[str, ...]:
    of_lists = QUERIES["admin/*"] if route.startswith("admin/") and "{" not in route else ()
    return QUERIES.get(route, of_lists)


def _bodies(route: str, names: Names) -> Iterator[tuple[str, bool]]:
    given: Bodies = ADMINISTRATION if route.startswith("admin/") else BODIES.get(route, [])
    for body in given or [{}]:
        yield from _filled(json.dumps(body), names)


def _filled(template: str, names: Names) -> Iterator[tuple[str, bool]]:
    """The text with plain names in its places, and once more for each hidden name; whether it has a hidden one."""
    nouns = sorted(set(NAME.findall(template)))
    yield _with(template, {noun: names.first(noun) for noun in nouns}), False
    hidden = [names.hidden.get(noun, ()) for noun in nouns]
    for chosen in itertools.zip_longest(*hidden):
        pairs = zip(nouns, chosen, strict=True)
        yield _with(template, {noun: name or names.first(noun) for noun, name in pairs}), True


def _with(template: str, values: Mapping[str, str]) -> str:
    return NAME.sub(lambda match: str(values[match[1]]), template)
