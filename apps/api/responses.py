"""What goes out: JSON by orjson, times in UTC with `Z`."""

from collections.abc import Mapping
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils.functional import Promise
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer

OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC | orjson.OPT_NON_STR_KEYS
JSON = "application/json"
PROBLEM = "application/problem+json"


def dumps(value: object) -> bytes:
    """The JSON of an answer."""
    return orjson.dumps(value, default=_plain, option=OPTIONS)


def _plain(value: object) -> object:
    """What orjson does not know: translated texts, sets and lazy sequences."""
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if hasattr(value, "__iter__"):
        return list(value)
    raise TypeError


def answer(
    body: object, status: int = 200, *, content_type: str = JSON, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """An answer of a plain view."""
    return HttpResponse(dumps(body), status=status, content_type=content_type, headers=dict(headers or {}))


class JSONRenderer(BaseRenderer):
    """The one renderer of REST framework views."""

    media_type = JSON
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else dumps(data)


class AlwaysJSON(BaseContentNegotiation):
    """There is one form of each answer: what the caller accepts or names changes nothing."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type
