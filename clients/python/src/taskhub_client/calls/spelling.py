"""How a call is spelled: its path, parameters, headers and body, and how its answer is read.

Each call may be sent again when its answer is lost. GET, PUT, PATCH and DELETE are repeatable by nature; every
POST gets an `Idempotency-Key` that stays the same over its retries (or the one that the caller gives).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote

from taskhub_client.protocol import Call, Reply
from taskhub_client.shapes import Json, Page

PAGE = 200


def request(method: str, path: str, body: Any = None, *, params: Mapping[str, str] | None = None) -> Call[Any]:
    """Any call, also one that has no method here. A POST gets an `Idempotency-Key`."""
    if method.upper() == "POST":
        return post(path, body or {}, params=params)
    return Call(method.upper(), path, document, body=body, params=params or {})


def put(path: str, body: Mapping[str, Any], *, if_match: str | None = None) -> Call[Json]:
    """Create or replace something by its name, as `/functions/NAME`; `changed` is whether anything changed."""
    return Call("PUT", path, document, body=body, headers=condition(if_match))


def get(*parts: str) -> Call[Any]:
    """One object."""
    return Call("GET", path_of(*parts), document)


def delete(*parts: str) -> Call[None]:
    """Deletes; deleting again is no error when the first answer was lost."""
    return Call("DELETE", path_of(*parts), _nothing)


def post(
    path: str,
    body: Any,
    *,
    key: str | None = None,
    holds: float = 0.0,
    if_match: str | None = None,
    params: Mapping[str, str] | None = None,
) -> Call[Any]:
    """A POST that has one effect however often it is sent."""
    headers = {"Idempotency-Key": key or str(uuid.uuid4()), **condition(if_match)}
    return Call("POST", path, document, body=body, headers=headers, holds=holds, params=params or {})


def listing(path: str, filters: Mapping[str, Any] | None = None) -> Call[Page[Any]]:
    """The first page of a list; a filter may be a list of values, None leaves it out."""
    given = dict(_parameter(name, value) for name, value in (filters or {}).items() if value is not None)
    return Call("GET", path, _page, params={"limit": str(PAGE), **given})


def next_page(call: Call[Page[Any]], page: Page[Any]) -> Call[Page[Any]] | None:
    """The call for the page after this one; None after the last."""
    if page["next"] is None:
        return None
    return Call("GET", call.path, call.read, params={**call.params, "cursor": page["next"]})


def path_of(*parts: str) -> str:
    """The path of these parts, each quoted."""
    return "".join(f"/{quote(part, safe=':')}" for part in parts)


def given(body: Mapping[str, Any]) -> Json:
    """The body without the keys that are None."""
    return {name: value for name, value in body.items() if value is not None}


def condition(if_match: str | None) -> dict[str, str]:
    """The header of a conditional write."""
    return {} if if_match is None else {"If-Match": if_match if if_match.startswith('"') else f'"{if_match}"'}


def document(reply: Reply) -> Any:
    """The JSON of an answer."""
    return reply.document()


def results(reply: Reply) -> Any:
    """The `results` of an answer."""
    return list(reply.document()["results"])


SEPARATED = frozenset({"type", "status", "tag", "state"})
"""Filters that take several values by their own name."""


def _parameter(name: str, value: Any) -> tuple[str, str]:
    if isinstance(value, list | tuple | set | frozenset):
        return name if name in SEPARATED or name.endswith("__in") else f"{name}__in", ",".join(map(str, value))
    return name, str(value).lower() if isinstance(value, bool) else str(value)


def _page(reply: Reply) -> Page[Any]:
    return cast(Page[Any], {"next": None, **reply.document()})


def _nothing(reply: Reply) -> None:
    return None
