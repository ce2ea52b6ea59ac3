"""The OpenAPI document and the page to try it. Both are public: they hold nothing that is anybody's."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.generators import SchemaGenerator

from .answers import answer
from .components import REFUSALS, SCHEMAS, SECURITY
from .errors import PREFIX, MethodNotAllowed, problem
from .plain import Operation

REFUSED = {"$ref": "#/components/responses/Problem"}
_PART = re.compile(r"<(?:\w+:)?(\w+)>")
METHODS = ("get", "put", "post", "patch", "delete")

Json = dict[str, Any]


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


@cache
def document() -> Json:
    """Made once a process."""
    made: Json = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return made


# --- What the generator does not know --------------------------------------------------------------


def complete(result: Json, generator: Any, request: Any, public: bool) -> Json:
    """Adds the plain views, the components, who may call, and the one shape of refusals."""
    for path, method, described in _plain_operations():
        result["paths"].setdefault(path, {})[method] = described
    for path in result["paths"]:
        for method, operation in result["paths"][path].items():
            if method in METHODS:
                operation["tags"] = [_tag(path)]
                operation["responses"]["default"] = REFUSED
    components = result.setdefault("components", {})
    components["schemas"] = {**components.get("schemas", {}), **SCHEMAS}
    components["responses"] = REFUSALS
    components["securitySchemes"] = SECURITY
    result["security"] = [{"key": []}, {"session": []}]
    result["paths"] = dict(sorted(result["paths"].items()))
    return result


def _tag(path: str) -> str:
    return path.removeprefix(PREFIX + "/").split("/")[0]


def _plain_operations() -> Iterator[tuple[str, str, Json]]:
    from .urls import urlpatterns  # the routes name the views of this module

    for entry in urlpatterns:
        operations = getattr(entry.callback, "operations", {}) if isinstance(entry, URLPattern) else {}
        for method, operation in operations.items():
            yield _spelled(str(entry.pattern)), method.lower(), _described(operation, str(entry.pattern), method)


def _spelled(route: str) -> str:
    return PREFIX + "/" + _PART.sub(r"{\1}", route)


def _described(operation: Operation, route: str, method: str) -> Json:
    names = _PART.findall(route)
    path = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    words = re.sub(r"\W+", "_", _PART.sub(r"\1", route)).strip("_")
    responses = {str(operation.status): {"description": "As asked."}}
    if operation.status != 204:
        responses[str(operation.status)]["content"] = {"application/json": {"schema": dict(operation.answer)}}  # type: ignore[assignment]
    described: Json = {
        "operationId": f"{words}_{method.lower()}",
        "summary": operation.summary,
        "description": operation.description,
        "parameters": [*path, *operation.parameters],
        "responses": responses,
    }
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": dict(operation.body)}}}
    return described
