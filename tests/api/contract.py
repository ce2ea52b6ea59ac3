"""What a request schema refuses and what it just accepts, place by place, made from the schema alone."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from .world import Json

MANY = 200
"""Longer lists are not sent to be accepted: each item of them is work."""
NO_KEY = "frog"
Build = Callable[[Any], Any]
"""Builds the whole body around a value at one place."""
WRONG_KINDS: dict[str, Any] = {
    "string": "text", "integer": 1, "number": 1.5, "boolean": True, "array": [], "object": {}, "null": None,
}  # fmt: skip
SAMPLES = {"uuid": "01900000-0000-7000-8000-000000000000", "date-time": "2030-01-31T12:00:00Z"}
NAME = "a"


@dataclass(frozen=True)
class Probe:
    """A body with one thing of interest at one place: refused there, or accepted as far as its schema goes."""

    what: str
    pointer: str
    body: Any
    is_refused: bool


class Schemas:
    """Walks the request schemas of a document."""

    def __init__(self, components: Json, elsewhere: Collection[str] = ()) -> None:
        """What is named in `elsewhere` is walked there: here its kind and its keys are tried, not what is inside."""
        self.components, self.elsewhere = components, elsewhere

    def resolved(self, schema: Json) -> Json:
        """The schema behind a reference."""
        while "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            schema = {"named": name, **self.components[name]}
        return schema

    def branches(self, schema: Json) -> list[Json]:
        """The alternatives of a schema, each without alternatives."""
        schema = self.resolved(schema)
        if "oneOf" in schema:
            named = {"named": schema["named"]} if "named" in schema else {}
            return [{**branch, **named} for option in schema["oneOf"] for branch in self.branches(option)]
        kinds = schema.get("type")
        return [{**schema, "type": kind} for kind in kinds] if isinstance(kinds, list) else [schema]

    def sample(self, schema: Json) -> Any:
        """The smallest value of a schema."""
        schema = self.branches(schema)[0]
        if "enum" in schema:
            return schema["enum"][0]
        kind = schema.get("type")
        if kind == "object":
            return {key: self.sample(schema["properties"][key]) for key in schema.get("required", ())}
        if kind == "array":
            return [self.sample(schema["items"])] * schema.get("minItems", 0)
        if kind == "string":
            return SAMPLES.get(schema.get("format", ""), NAME)
        if kind in ("integer", "number"):
            return max(1, schema.get("minimum", 1))
        return WRONG_KINDS.get(kind or "string")

    def probes(self, schema: Json, body: Build, at: str = "", seen: tuple[str, ...] = ()) -> Iterator[Probe]:
        """All probes of a schema; `body` builds the whole around a value at this place."""
        branches = [branch for branch in self.branches(schema) if branch.get("named") not in seen]
        if len(branches) < len(self.branches(schema)):  # it is inside of itself
            return
        seen = (*seen, *{branch["named"] for branch in branches if "named" in branch})
        yield from self._kinds(branches, body, at)
        for branch in branches:
            kind = branch.get("type")
            if "enum" in branch:
                yield from self._choices(branch, branches, body, at)
            elif kind == "string":
                yield from self._texts(branch, branches, body, at)
            elif kind in ("integer", "number"):
                yield from self._numbers(branch, body, at)
            elif kind == "array":
                yield from self._items(branch, body, at, seen)
            elif kind == "object":
                yield from self._keys(branch, body, at, seen)

    def _kinds(self, branches: list[Json], body: Build, at: str) -> Iterator[Probe]:
        """Every kind of JSON value that no branch allows."""
        if any("type" not in branch and "enum" not in branch for branch in branches):
            return
        kinds = {branch.get("type") or _kind(branch["enum"][0]) for branch in branches}
        kinds |= {_kind(value) for branch in branches for value in branch.get("enum", ())}
        if "number" in kinds:
            kinds.add("integer")
        for kind, value in WRONG_KINDS.items():
            if kind not in kinds:
                yield Probe(f"{kind} instead", at, body(value), is_refused=True)
        if "null" in kinds:
            yield Probe("null", at, body(None), is_refused=False)

    def _choices(self, branch: Json, branches: list[Json], body: Build, at: str) -> Iterator[Probe]:
        for value in branch["enum"]:
            yield Probe(f"choice {value}", at, body(value), is_refused=False)
        if not any(other.get("type") == "string" and "enum" not in other for other in branches):
            yield Probe("no choice", at, body(NO_KEY), is_refused=True)

    def _texts(self, branch: Json, branches: list[Json], body: Build, at: str) -> Iterator[Probe]:
        if branch.get("format") in SAMPLES:
            yield Probe("no " + branch["format"], at, body("yesterday"), is_refused=True)
            yield Probe(branch["format"], at, body(SAMPLES[branch["format"]]), is_refused=False)
            return
        most = branch["maxLength"]
        yield Probe("longest", at, body(NAME * most), is_refused=False)
        yield Probe("too long", at, body(NAME * (most + 1)), is_refused=True)
        if branch.get("minLength"):
            yield Probe("empty", at, body(""), is_refused=True)
            yield Probe("blank", at, body(" "), is_refused=True)
        elif not any("enum" in other for other in branches):
            yield Probe("empty", at, body(""), is_refused=False)
        yield Probe("NUL", at, body("a\0b"), is_refused=True)

    def _numbers(self, branch: Json, body: Build, at: str) -> Iterator[Probe]:
        least, most = branch["minimum"], branch["maximum"]
        for value in (least, most):
            yield Probe(f"limit {value}", at, body(value), is_refused=False)
        for value in (least - 1, most + 1):
            yield Probe(f"past the limit {value}", at, body(value), is_refused=True)
        if branch["type"] == "integer":
            yield Probe("fraction", at, body(max(1, least) + 0.5), is_refused=True)

    def _items(self, branch: Json, body: Build, at: str, seen: tuple[str, ...]) -> Iterator[Probe]:
        item, most, least = branch["items"], branch["maxItems"], branch.get("minItems", 0)
        one = self.sample(item)
        if most <= MANY:
            yield Probe("most items", at, body([one] * most), is_refused=False)
        yield Probe("too many items", at, body([one] * (most + 1)), is_refused=True)
        if least:
            yield Probe("too few items", at, body([one] * (least - 1)), is_refused=True)
        yield from self.probes(item, lambda value: body([value]), f"{at}/0", seen)

    def _keys(self, branch: Json, body: Build, at: str, seen: tuple[str, ...]) -> Iterator[Probe]:
        whole, more = self.sample(branch), branch.get("additionalProperties")
        if isinstance(more, dict):
            yield from self.probes(more, lambda value: body({NAME: value}), f"{at}/{NAME}", seen)
            return
        assert more is not None, at
        if more is False:
            yield Probe("unknown key", f"{at}/{NO_KEY}", body({**whole, NO_KEY: 1}), is_refused=True)
        for key in branch.get("required", ()):
            left = {name: value for name, value in whole.items() if name != key}
            yield Probe("missing", f"{at}/{key}", body(left), is_refused=True)
        if at and branch.get("named") in self.elsewhere:
            return
        tied = set(branch.get("then", {}).get("required", ()))
        for key, inner in branch.get("properties", {}).items():
            if not (len(inner.get("enum", ())) == 1 and key in branch.get("required", ())):
                inside = self.probes(inner, lambda value, key=key: body({**whole, key: value}), f"{at}/{key}", seen)
                yield from (probe for probe in inside if probe.is_refused or key not in tied)


def _kind(value: Any) -> str:
    kinds = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
    return kinds[type(value)]
