"""Plain views for hot paths: the same authentication, parsing and errors as everywhere, without a framework."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from apps.actors.actor import Actor
from apps.core.errors import NotFound
from apps.core.json_types import JsonMapping, JsonObject
from apps.core.shapes import Shape

from .authentication import authenticate
from .errors import MethodNotAllowed, error_of, problem
from .parsers import read_object
from .responses import answer

BODIES = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True)
class Call:
    """One call of a plain view: who, and what they sent (`{}` for verbs without a body)."""

    request: HttpRequest
    actor: Actor
    body: JsonObject


@dataclass(frozen=True)
class Operation:
    """How the OpenAPI document describes a plain view: operationId, shape of the body, JSON Schema of the answer."""

    name: str
    summary: str
    description: str = ""
    body: Shape | None = None
    answer: JsonMapping = field(default_factory=dict)
    parameters: tuple[JsonMapping, ...] = ()
    status: int = 200


PlainView = Callable[..., Any]


def api_view(**operations: Operation) -> Callable[[PlainView], Callable[..., HttpResponseBase]]:
    """Makes a view of `view(call: Call, **path)`, for the verbs named: `@api_view(POST=Operation("claim_tasks", …))`.

    The view returns a body (answered 200), `(status, body)`, or an answer of its own. It raises core.errors.
    """
    allowed = [*operations, *(["HEAD"] if "GET" in operations else [])]

    def decorate(view: PlainView) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def called(request: HttpRequest, **path: Any) -> HttpResponseBase:
            try:
                return _called(view, request, allowed, path)
            except Exception as exception:
                error = error_of(exception)
                if error is None:
                    raise
                return problem(error)

        called.csrf_exempt = True  # type: ignore[attr-defined]
        called.operations = operations  # type: ignore[attr-defined]
        return called

    return decorate


def _called(view: PlainView, request: HttpRequest, allowed: list[str], path: JsonObject) -> HttpResponseBase:
    actor = authenticate(request)
    if request.method not in allowed:
        raise MethodNotAllowed(allowed)
    if any("\0" in str(part) for part in path.values()):
        raise NotFound
    body = read_object(request) if request.method in BODIES else {}
    result = view(Call(request, actor, body), **path)
    if isinstance(result, HttpResponseBase):
        return result
    status, content = result if isinstance(result, tuple) else (200, result)
    return answer(content, status)


@csrf_exempt
def absent(request: HttpRequest, path: str = "") -> HttpResponse:
    """What no route of the API names."""
    return problem(NotFound())
