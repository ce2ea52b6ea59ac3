"""The OpenAPI document is exact: nothing in it leaves a generator of clients to guess, and real answers keep to it."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from apps.api.description import BODIES
from apps.api.document import document, plain_bodies
from apps.api.examples import EXAMPLES
from apps.core.errors import Invalid
from apps.core.shapes import Items, Lazy, Map, Object, Separate, Shape

from .described import require_described
from .world import TASK, Caller, Json

KINDS = ("string", "integer", "number", "boolean", "array", "object", "null")
VERBS = {
    "cancel", "claim", "complete", "confirm", "create", "decline", "delegate", "delete", "execute", "extend", "fail",
    "get", "hand", "list", "migrate", "move", "pause", "put", "read", "release", "reopen", "resolve", "resume", "retry",
    "rotate", "run", "search", "skip", "start", "stop", "submit", "take", "test", "unwatch", "update", "watch",
    "withdraw",
}  # fmt: skip
NAMED = {
    "Handover", "HandoverAction", "HandoverField", "Answer", "Lease", "Problem", "ErrorDetail", "ErrorCode",
    "TaskError", "RetryPolicy", "Backoff", "Failover", "Schedule", "Function", "Rule", "Stage", "Transition",
}  # fmt: skip


def operations() -> list[Json]:
    return [operation for item in document()["paths"].values() for operation in item.values()]


def schemas() -> Iterator[tuple[str, Any]]:
    """Every schema of the document that stands for itself, with its place."""
    for name, schema in document()["components"]["schemas"].items():
        yield name, schema
    for operation in operations():
        name = operation["operationId"]
        for parameter in operation.get("parameters", ()):
            yield f"{name} {parameter['name']}", parameter["schema"]
        bodies = {"body": operation.get("requestBody", {}), **operation["responses"]}
        for place, body in bodies.items():
            for content in body.get("content", {}).values():
                yield f"{name} {place}", content["schema"]


def inexact(schema: Any, at: str) -> Iterator[str]:
    """What a schema leaves open, at every depth."""
    if not isinstance(schema, dict) or "allOf" in schema or "anyOf" in schema:
        yield f"{at}: is no plain schema"
        return
    if "$ref" in schema:
        return
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if not kinds and "oneOf" not in schema and not schema.get("description", "").startswith("Any JSON value"):
        yield f"{at}: has no type"
    if not set(kinds) <= set(KINDS):
        yield f"{at}: {kinds}"
    if "array" in kinds and not schema.get("items"):
        yield f"{at}: an array of what?"
    if "object" in kinds and "properties" not in schema and not schema.get("additionalProperties"):
        yield f"{at}: an object with which properties?"
    if set(schema.get("required", ())) - set(schema.get("properties", ())):
        yield f"{at}: requires what is not declared"
    for place, inner in inner_schemas(schema):
        yield from inexact(inner, f"{at}/{place}")


def inner_schemas(schema: Json) -> Iterator[tuple[str, Any]]:
    yield from schema.get("properties", {}).items()
    yield from ((str(index), option) for index, option in enumerate(schema.get("oneOf", ())))
    more = schema.get("additionalProperties")
    yield from ((key, schema[key]) for key in ("items", "not") if key in schema)
    if isinstance(more, dict):
        yield "{}", more


def test_nothing_is_left_open() -> None:
    assert [fault for at, schema in schemas() for fault in inexact(schema, at)] == []


@pytest.mark.parametrize(
    "schema",
    [{}, {"type": "array"}, {"type": "object"}, {"type": "array", "items": {}}, {"properties": {"a": {"type": "text"}}},
     {"type": "object", "additionalProperties": {"type": "array"}}, {"oneOf": [{"type": "object"}]},
     {"type": "object", "properties": {"a": {"type": ["array", "null"]}}}],
)  # fmt: skip
def test_what_is_left_open_is_noticed(schema: Json) -> None:
    assert [*inexact(schema, "")]


def test_answers_and_bodies_have_names() -> None:
    """A generator makes a class of each name; of what has none it makes up one that changes with the document."""
    for operation in operations():
        for body in (operation.get("requestBody", {}), *operation["responses"].values()):
            for content in (content for kind, content in body.get("content", {}).items() if "json" in kind):
                options = content["schema"].get("oneOf", [content["schema"]])
                assert all("$ref" in option for option in options), operation["operationId"]
    assert document()["components"]["schemas"].keys() >= NAMED


def nested(schema: Any) -> Iterator[Json]:
    for _place, inner in inner_schemas(schema):
        yield inner
        yield from nested(inner)


def test_no_object_with_properties_is_without_a_name() -> None:
    roots = document()["components"]["schemas"].items()
    nameless = [name for name, schema in roots for inner in nested(schema) if inner.get("properties")]
    assert nameless == []


def test_operations_are_named_verb_noun() -> None:
    names = [operation["operationId"] for operation in operations()]
    assert len(names) == len(set(names))
    assert [name for name in names if not re.fullmatch(r"[a-z]+(_[a-z]+)+", name)] == []
    assert {name.partition("_")[0] for name in names} == VERBS


# --- Examples --------------------------------------------------------------------------------------------


def bodies() -> list[tuple[str, Shape]]:
    """The JSON body of each operation that takes one, with the shape that reads it."""
    document()  # views are described when they are imported
    shapes = {shape.schema()["$ref"]: shape for shape in [*BODIES, *plain_bodies()]}
    found = []
    for operation in operations():
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content:
            found.append((operation["operationId"], shapes[content["schema"]["$ref"]]))
    return found


def test_every_body_has_an_example() -> None:
    for operation in operations():
        for content in operation.get("requestBody", {}).get("content", {}).values():
            assert "example" in content, operation["operationId"]
    assert {name for name, _shape in bodies()} == EXAMPLES.keys()


@pytest.mark.parametrize(("name", "shape"), bodies(), ids=lambda value: value if isinstance(value, str) else "")
def test_example_is_valid_for_the_document_and_for_the_service(name: str, shape: Shape) -> None:
    components = document()["components"]
    schema = {**shape.schema(), "components": components}
    jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(EXAMPLES[name])
    read_deeply(shape, EXAMPLES[name])


def read_deeply(shape: Shape, value: Any) -> None:
    """Reads what is left to be read item by item as well."""
    if isinstance(shape, Separate):
        read_deeply(shape.shape, value)
        return
    shape.require(value)
    if isinstance(shape, Object):
        inside = [(child, value[key]) for key, child in shape.keys.items() if value.get(key) is not None]
    elif isinstance(shape, Items):
        inside = [(shape.child, item) for item in value]
    elif isinstance(shape, Map):
        inside = [(shape.child, item) for item in value.values()]
    else:
        inside = [(shape.make(), value)] if isinstance(shape, Lazy) else []
    for child, one in inside:
        read_deeply(child, one)


def test_example_that_no_service_reads_is_noticed() -> None:
    shape = dict(bodies())["complete_leases"]
    with pytest.raises(Invalid):
        read_deeply(shape, {"results": [{"task": "x", "token": "y", "frog": 1}]})


# --- Answers ---------------------------------------------------------------------------------------------


def test_every_answer_of_these_tests_is_compared_with_the_document(app: Caller) -> None:
    """`Caller` does it (`described.py`): a property that is not declared, or a status, fails the test that met it."""
    answer = app.get("/me")
    require_described("GET", "/me", answer)
    for wrong in ({**answer.json(), "frog": 1}, {"kind": "user"}, [], {**answer.json(), "kind": "frog"}):
        with pytest.raises(AssertionError, match="not as described"):
            require_described("GET", "/me", Changed(answer, wrong))
    with pytest.raises(AssertionError, match="not as described"):
        require_described("POST", "/tasks", Changed(app.post("/tasks", {**TASK, "frog": 1}), {"code": "frog"}))
    with pytest.raises(AssertionError, match="not described"):
        require_described("POST", "/queue/claim", answer.__class__(status=201))


class Changed:
    """The same answer with another body."""

    def __init__(self, answer: Any, body: Any) -> None:
        self.status_code, self.headers, self.content, self.body = answer.status_code, answer.headers, b"{}", body

    def json(self) -> Any:
        return self.body
