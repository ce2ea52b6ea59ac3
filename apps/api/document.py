"""The OpenAPI document, its page and the list of error codes. All are public: they hold nothing that is anybody's."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLResolver, get_resolver
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.generators import SchemaGenerator

from apps.core import codes, shapes
from apps.core.json_types import JsonObject

from .components import REFUSALS, SECURITY
from .description import BODIES, JSON
from .errors import PREFIX, MethodNotAllowed, problem
from .examples import EXAMPLES, FILES
from .function_views import Operation
from .responses import answer
from .schemas import SCHEMAS

REFUSED = {"$ref": "#/components/responses/Problem"}
_PART = re.compile(r"<(?:\w+:)?(\w+)>")
METHODS = ("get", "put", "post", "patch", "delete")

Json = JsonObject


@csrf_exempt
def openapi(request: HttpRequest) -> HttpResponse:
    """`/openapi.json`: OpenAPI 3.1 of everything below /api/v1."""
    if request.method not in ("GET", "HEAD"):
        return problem(MethodNotAllowed(["GET", "HEAD"]))
    return answer(document(), headers={"Cache-Control": "no-cache, private"})


@csrf_exempt
def docs(request: HttpRequest) -> HttpResponse:
    """`/docs`: a page to read it and try it, as the application whose key is given or as who is signed in."""
    if request.method not in ("GET", "HEAD"):
        return problem(MethodNotAllowed(["GET", "HEAD"]))
    return render(request, "api/docs.html")


@csrf_exempt
def errors(request: HttpRequest) -> HttpResponse:
    """`/errors`: the closed list of codes, each with an anchor of its name. The `type` of a problem leads here."""
    if request.method not in ("GET", "HEAD"):
        return problem(MethodNotAllowed(["GET", "HEAD"]))
    return render(request, "api/errors.html", {"codes": codes.MEANINGS, "detail_codes": codes.DETAIL_CODES})


@cache
def document() -> Json:
    """Made once a process."""
    made: Json = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return made


# --- What the generator does not know --------------------------------------------------------------


def complete(result: Json, generator: Any, request: Any, public: bool) -> Json:
    """Adds the plain views, the components, who may call, and the one shape of refusals."""
    components = result.setdefault("components", {})
    schemas = {**components.get("schemas", {}), **SCHEMAS, **requests()}
    for route, method, operation in _plain_operations():
        result["paths"].setdefault(_spelled(route), {})[method.lower()] = _described(operation, route, method)
    for path in result["paths"]:
        for method, operation in result["paths"][path].items():
            if method in METHODS:
                operation["tags"] = [_tag(path)]
                operation["responses"]["default"] = REFUSED
                _exemplify(operation, schemas)
    components["schemas"] = schemas
    components["responses"] = REFUSALS
    components["securitySchemes"] = SECURITY
    result["security"] = [{"key": []}, {"session": []}]
    result["paths"] = dict(sorted(result["paths"].items()))
    return result


def _exemplify(operation: Json, schemas: Json) -> None:
    """An example for each body, and whether it may be left out: if no key of it is required."""
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        schema = schemas.get(content["schema"].get("$ref", "").rpartition("/")[2], {})
        operation["requestBody"]["required"] = media_type != JSON or bool(schema.get("required"))
        content["example"] = EXAMPLES[operation["operationId"]] if media_type == JSON else FILES[media_type]


def requests() -> Json:
    """The schemas of bodies by name, from the shapes that they are read with."""
    return shapes.components([*BODIES, *plain_bodies()])


def plain_bodies() -> list[shapes.Shape]:
    """The shapes of the bodies of plain views."""
    return [operation.body for _path, _method, operation in _plain_operations() if operation.body is not None]


def _tag(path: str) -> str:
    return path.removeprefix(PREFIX + "/").split("/")[0]


def _plain_operations() -> Iterator[tuple[str, str, Operation]]:
    """The route, the method and the description of each plain view, found as Django finds it."""
    routes = [entry for entry in get_resolver().url_patterns if isinstance(entry, URLResolver)]
    for entry in (entry for route in routes for entry in route.url_patterns):
        operations: dict[str, Operation] = getattr(getattr(entry, "callback", None), "operations", {})
        for method, operation in operations.items():
            yield str(entry.pattern), method, operation


def _spelled(route: str) -> str:
    return PREFIX + "/" + _PART.sub(r"{\1}", route)


def _described(operation: Operation, route: str, method: str) -> Json:
    names = _PART.findall(route)
    path = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    responses = {str(operation.status): {"description": "As asked."}}
    if operation.status != 204:
        responses[str(operation.status)]["content"] = {JSON: {"schema": dict(operation.answer)}}  # type: ignore[assignment]
    described: Json = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": operation.description,
        "parameters": [*path, *operation.parameters],
        "responses": responses,
    }
    if operation.body is not None:
        described["requestBody"] = {
            "required": True,
            "content": {JSON: {"schema": operation.body.schema()}},
        }
    return described
