"""How views tell of themselves in the OpenAPI document: one decorator, one list of query parameters."""

from collections.abc import Callable, Iterable
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from apps.core.json_types import JsonObject
from apps.core.shapes import Shape

PAGE = ("limit", "cursor", "order", "count")
HEADERS = ("If-Match", "Idempotency-Key")
JSON = "application/json"

Schema = JsonObject
BODIES: list[Shape] = []
"""The shapes of all bodies that are described, for the components of the document."""


class Operation(AutoSchema):
    """What is common to all operations: who may call is said once for all, and ids read like the paths."""

    def get_auth(self) -> list[Any]:
        return []


def describes(
    name: str,
    summary: str,
    *,
    answer: Schema | None = None,
    status: int | tuple[int, ...] = 200,
    empty: str = "",
    body: Shape | None = None,
    bodies: Schema | None = None,
    media_type: str = JSON,
    query: Iterable[str] = (),
    headers: Iterable[str] = (),
    description: str = "",
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """What one method of a view takes and answers; `name` is its operationId, `verb_noun`.

    Refusals are added to all of them alike (`document.py`). `empty` says when it answers 204, without a body.
    `bodies` are the schemas of bodies that are no JSON, by their media type.
    """
    statuses = (status,) if isinstance(status, int) else status
    responses = {(code, media_type): _response(code, answer) for code in statuses}
    if empty:
        responses[(204, media_type)] = OpenApiResponse(description=empty)
    parameters = [QUERY.get(name) or _parameter(name, str) for name in query]
    parameters += [_header(name) for name in headers]
    if body is not None:
        BODIES.append(body)
    request: Any = bodies or (None if body is None else {JSON: body.schema()})
    return extend_schema(
        operation_id=name,
        summary=summary,
        description=description or None,
        request=request,
        responses=responses,
        parameters=parameters,
    )


def _response(status: int, answer: Schema | None) -> Any:
    if status == 204 or answer is None:
        return OpenApiResponse(description="Done.")
    return OpenApiResponse(response=answer, description="Made." if status == 201 else "As asked.")


def _parameter(name: str, kind: Any, description: str = "", **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, description=description, **more)


def _header(name: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=HEADER_WORDS[name])


HEADER_WORDS = {
    "If-Match": "The version that you read, in double quotes: another one answers 412.",
    "Idempotency-Key": "The same key and body within 24 hours does the work once and answers the same object.",
}


def _limited(name: str, description: str) -> OpenApiParameter:
    return _parameter(name, {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, description)


SEVERAL = (
    "container", "type", "status", "stage", "function", "assignee", "reporter", "tag", "correlation_id", "external_id",
    "origin_id", "error", "error_type", "run", "workflow",
)  # fmt: skip
"""The filters of tasks that have a second form with `__in`."""
_TIME, _NUMBER = OpenApiTypes.DATETIME, OpenApiTypes.INT64
QUERY: dict[str, OpenApiParameter] = {
    parameter.name: parameter
    for parameter in [
        _limited("limit", "Rows on a page."),
        _parameter("cursor", str, "`next` of the page before."),
        _parameter(
            "order",
            str,
            "One of the named orders; with `-` the other way round. More than 10,000 tasks are put in order by "
            "`created_at` and, in one `container`, by `updated_at`; the others answer 422.",
        ),
        _parameter("count", bool, "Whether to count the rows that you may see, up to 10,000.", default=False),
        _parameter("container", str, "The slug of a container."),
        _parameter("type", str, "Names of types, with commas."),
        _parameter("status", str, "Statuses, with commas; `retried` attempts are left out unless named."),
        _parameter("stage", str, "The name of a stage."),
        _parameter("function", str, "The name of a function."),
        _parameter("assignee", str, "`user:NAME`; `none` for nobody, `me` for yourself."),
        _parameter("reporter", str, "`user:NAME`; `none` for nobody, `me` for yourself."),
        _parameter("tag", str, "Tags, with commas: tasks that have one of them."),
        _parameter("correlation_id", str, "A correlation id; a comma belongs to it."),
        _parameter("external_id", str, "An external id; a comma belongs to it."),
        _parameter("origin_id", str, "The id of a first attempt: the task that it is now."),
        _parameter("error", str, "The name of an error: tasks that failed with it last."),
        _parameter("error_type", str, "The type of an error."),
        _parameter("skipped", bool, "Whether somebody skipped it; `status=failed` leaves out what was skipped."),
        _parameter("run", str, "The id of a run."),
        _parameter("workflow", str, "The name of a workflow."),
        *(_parameter(f"{name}__in", str, f"The same as `{name}`, for several values with commas.") for name in SEVERAL),
        _parameter("type_version", _NUMBER, "The number of the version of their type."),
        _parameter("priority_min", _NUMBER, "This priority or more."),
        _parameter("priority_max", _NUMBER, "This priority or less."),
        *(
            _parameter(f"{name}_{side}", _TIME, f"{words} {side} this moment.")
            for name, words in (("created", "Made"), ("start", "To start"), ("due", "Due"), ("updated", "Changed"))
            for side in ("after", "before")
        ),
        _parameter(
            "q",
            str,
            "Words of the key, title, description, tags, fields, notes and names of files, as you read them; each "
            'may go on. `"side by side"`, `-without`, `this or that`.',
        ),
        _parameter("state", str, "States of handovers, with commas."),
        _parameter("task", str, "The id or key of a task."),
        _parameter("preview", bool, "Answer who would gain and who lose sight, and change nothing.", default=False),
        _parameter("dry_run", bool, "Answer what would be done, and do nothing.", default=False),
        _parameter("outcome", str, "Outcomes of items, with commas: done, refused, settled_ok, settled_bad."),
        _parameter("since", _TIME, "Not before this moment; seven days ago by default."),
        _parameter("unread", bool, "Only what has not been read."),
    ]
}
