"""Every refusal under /api/v1 is a problem document (RFC 9457); nothing there ever answers HTML."""

import logging
from collections.abc import Callable, Iterator
from typing import ClassVar

from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response

from apps.core import errors
from apps.core.codes import Code
from apps.core.errors import Problem, TaskHubError
from apps.core.json_types import JsonObject
from apps.core.strict_json import escape
from apps.events.unit_of_work import leave_trace

from .authentication import CHALLENGE
from .responses import PROBLEM, answer, dumps

logger = logging.getLogger(__name__)

PREFIX = "/api/v1"


class MethodNotAllowed(TaskHubError):
    """The resource is there, the verb is not."""

    status, title, default_code = 405, "Method not allowed", Code.METHOD_NOT_ALLOWED

    def __init__(self, allowed: list[str]) -> None:
        super().__init__(_("This resource answers to %(allowed)s.") % {"allowed": ", ".join(allowed)})
        self.allowed = allowed


class UnsupportedMediaType(TaskHubError):
    """A body that is not JSON in UTF-8."""

    status, title, default_code = 415, "Unsupported media type", Code.UNSUPPORTED_MEDIA_TYPE


class Failure(TaskHubError):
    """A mistake of TaskHub's own. Says nothing about it; the log has it under the request's id."""

    status: ClassVar[int] = 500
    title, default_code = "Internal error", Code.INTERNAL


# --- From exceptions to errors -----------------------------------------------------------------------


def error_of(exception: BaseException) -> TaskHubError | None:
    """The error that an exception stands for; None for what nobody foresaw."""
    if isinstance(exception, TaskHubError):
        return exception
    if isinstance(exception, exceptions.APIException):
        return _of_framework(exception)
    for kind, make in FOREIGN:
        if isinstance(exception, kind):
            return make()
    return None


def _unavailable() -> TaskHubError:
    logger.warning("The database does not answer", exc_info=True)
    return errors.Unavailable(_("The database does not answer. Try again in a moment."))


def _bad_data() -> TaskHubError:
    logger.warning("The database refused a value that nothing before it refused", exc_info=True)
    return errors.Invalid(_("A value cannot be stored."))


FOREIGN: list[tuple[type[Exception], Callable[[], TaskHubError]]] = [
    (Http404, errors.NotFound),
    (PermissionDenied, errors.Forbidden),
    (RequestDataTooBig, errors.TooLarge),
    (SuspiciousOperation, errors.Invalid),
    (BadRequest, errors.Invalid),
    (UnreadablePostError, errors.Invalid),
    (MultiPartParserError, errors.Invalid),
    (RecursionError, errors.Invalid),
    (OperationalError, _unavailable),
    (InterfaceError, _unavailable),
    (DataError, _bad_data),
]


def _of_framework(exception: exceptions.APIException) -> TaskHubError:
    if isinstance(exception, exceptions.ValidationError):
        return invalid(list(problems_of(exception.detail)))
    if isinstance(exception, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return errors.Unauthenticated(_("Send a key as “Authorization: Bearer …”, or sign in."))
    return KINDS.get(exception.status_code, errors.Invalid)()


def invalid(problems: list[Problem]) -> errors.Invalid:
    """One error for all problems of a body; `unknown_field` if that is among them."""
    unknown = [problem for problem in problems if problem.code == "unknown_field"]
    first = (unknown or problems)[0]
    where = f"{first.pointer}: " if first.pointer else ""
    return errors.Invalid(where + first.detail, code=Code.UNKNOWN_FIELD if unknown else None, errors=problems)


def problems_of(detail: object, pointer: str = "") -> Iterator[Problem]:
    """The problems in a serializer's nested errors, each with a pointer."""
    if isinstance(detail, dict):
        for key, inner in detail.items():
            here = pointer if key == "non_field_errors" else f"{pointer}/{escape(str(key))}"
            yield from problems_of(inner, here)
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, dict | list)
            yield from problems_of(inner, f"{pointer}/{index}" if nested else pointer)
    else:
        yield Problem(pointer, getattr(detail, "code", "invalid"), str(detail))


# --- From errors to answers --------------------------------------------------------------------------


def headers_of(error: TaskHubError) -> dict[str, str]:
    """The headers that belong to a refusal."""
    if error.status == 401:
        return {"WWW-Authenticate": CHALLENGE}
    if isinstance(error, MethodNotAllowed):
        return {"Allow": ", ".join(error.allowed)}
    if isinstance(error, errors.LimitExceeded):
        return error.headers()
    return {"Retry-After": "1"} if error.status == 503 else {}


def problem(error: TaskHubError) -> HttpResponse:
    """The answer of a plain view that refuses."""
    return answer(error.as_json(), error.status, content_type=PROBLEM, headers=headers_of(error))


def exception_handler(exception: Exception, context: JsonObject) -> Response | None:
    """REST framework's hook; None leaves an unforeseen exception to Django, which logs it."""
    if isinstance(exception, exceptions.MethodNotAllowed):
        error: TaskHubError | None = MethodNotAllowed(context["view"].allowed_methods)
    else:
        error = error_of(exception)
    if error is None:
        return None
    leave_trace(error)
    return Response(error.as_json(), error.status, headers=headers_of(error), content_type=PROBLEM)


# --- What never reached a view -----------------------------------------------------------------------


class ProblemMiddleware:
    """Outside of all others: whatever they or Django refuse under /api/v1 becomes a problem document."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_api(request.path_info):
            return self.get_response(request)
        if request.path_info == PREFIX:
            return problem(errors.NotFound())
        response = self.get_response(request)
        if response.status_code >= 400 and response.headers.get("Content-Type") != PROBLEM:
            _make_problem(response)
        return response


def is_api(path: str) -> bool:
    """Whether a path belongs to this surface."""
    return path == PREFIX or path.startswith(PREFIX + "/")


def _make_problem(response: HttpResponse) -> None:
    """Replace the content, keep the headers that the other layers set."""
    kind = KINDS.get(response.status_code, Failure if response.status_code >= 500 else errors.Invalid)
    response.content = dumps(kind().as_json())
    response.headers["Content-Type"] = PROBLEM
    response.headers["Content-Length"] = str(len(response.content))


KINDS: dict[int, type[TaskHubError]] = {
    kind.status: kind
    for kind in (
        errors.Unauthenticated, errors.Forbidden, errors.NotFound, errors.TooLarge, UnsupportedMediaType,
        errors.LimitExceeded, errors.Unavailable,
    )
}  # fmt: skip
