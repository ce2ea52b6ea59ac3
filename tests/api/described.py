"""Answers compared with the OpenAPI document: each has a described status, and no property that is not declared."""

import re
from functools import cache
from typing import Any

import jsonschema_rs

from apps.api.document import document

Json = dict[str, Any]
OPAQUE = ("description", "example", "enum", "default", "required")
"""Keywords whose values are no schemas."""


def strict(value: Any) -> Any:
    """The schema, with every object closed that does not say itself what else it may have."""
    if isinstance(value, list):
        return [strict(item) for item in value]
    if not isinstance(value, dict):
        return value
    schema = {key: inner if key in OPAQUE else strict(inner) for key, inner in value.items()}
    if isinstance(value.get("properties"), dict) and value.get("type") in ("object", ["object", "null"]):
        schema.setdefault("additionalProperties", False)
    return schema


@cache
def _routes() -> list[tuple[re.Pattern[str], Json]]:
    """The path of each item as an expression; those without parameters first."""
    paths = sorted(document()["paths"].items(), key=lambda item: item[0].count("{"))
    return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + "$"), item) for path, item in paths]


@cache
def _components() -> Json:
    described: Json = strict(document()["components"])
    return described


@cache
def _validators(operation: str, status: str) -> list[Any]:
    """As it is and closed, for the answer of one status, "refused" for all refusals; empty if it has no JSON body."""
    described = _response(operation, status).get("content", {})
    media_type = next(iter(described), "")
    if "json" not in media_type:
        return []
    schema = described[media_type]["schema"]
    return [
        jsonschema_rs.Draft202012Validator({**schema, "components": components}, validate_formats=True)
        for schema, components in ((schema, document()["components"]), (strict(schema), _components()))
    ]


def _response(operation: str, status: str) -> Json:
    if status == "refused":
        problem: Json = document()["components"]["responses"]["Problem"]
        return problem
    found: Json = _operations()[operation]["responses"][status]
    return found


@cache
def _operations() -> dict[str, Json]:
    return {one["operationId"]: one for item in document()["paths"].values() for one in item.values()}


def described_operation(method: str, path: str) -> Json | None:
    """The operation that answers a call; None for what the document does not have."""
    path = "/api/v1" + path.partition("?")[0]
    item = next((item for route, item in _routes() if route.match(path)), {})
    return item.get(method.lower())


def require_described(method: str, path: str, answer: Any) -> None:
    """Fails for an answer that is not as the document says."""
    operation = described_operation(method, path)
    if operation is None or answer.status_code >= 500 or answer.status_code == 304:
        return
    status = "refused" if answer.status_code >= 400 else str(answer.status_code)
    what = f"{method} {path} ({answer.status_code})"
    assert status == "refused" or status in operation["responses"], f"{what} is not described"
    validators = _validators(operation["operationId"], status)
    if not validators:
        assert not _is_json(answer) or not answer.content, f"{what} has a body that is not described"
        return
    assert _is_json(answer), f"{what} is no JSON"
    wrong = [
        f"{list(error.instance_path)}: {error.message}"
        for one in validators
        for error in one.iter_errors(answer.json())
    ]
    assert not wrong, f"{what} is not as described: " + "; ".join(wrong)[:3000]


def _is_json(answer: Any) -> bool:
    return "json" in answer.headers.get("Content-Type", "")
