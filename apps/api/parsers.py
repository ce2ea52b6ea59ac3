"""What comes in: strict JSON bodies of at most 1 MB, and nothing else."""

from typing import Any

from django.http import HttpRequest
from django.http.request import RawPostDataException
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser

from apps.core import strict_json
from apps.core.errors import Invalid, TooLarge
from apps.core.json_types import Json, JsonObject

from .errors import UnsupportedMediaType

LIMIT = strict_json.MAX_BYTES


def read_json(request: HttpRequest) -> Json:
    """The value of the body; an empty body is an empty object. Raises TooLarge, Invalid, UnsupportedMediaType."""
    body = read_body(request)
    if not body:
        return {}
    if request.content_type != "application/json":
        raise UnsupportedMediaType(_("Send the body as application/json."))
    charset = (request.content_params or {}).get("charset", "utf-8").lower()
    if charset not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType(_("Send the body in UTF-8."))
    return strict_json.parse(body)


def read_body(request: HttpRequest) -> bytes:
    """The bytes of the body; reads no more than is allowed, whether its length was said before or not."""
    if length_of(request) > LIMIT:
        raise _too_large()
    if is_in_chunks(request):
        return _read_chunks(request)
    try:
        return request.body
    except RawPostDataException:  # somebody read it as a form
        raise UnsupportedMediaType(_("Send the body as application/json.")) from None


def length_of(request: HttpRequest) -> int:
    """How many bytes the body is said to have; 0 if nothing is said. Raises Invalid."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise Invalid(_("The Content-Length is not a number.")) from None


def is_in_chunks(request: HttpRequest) -> bool:
    """Whether the body comes in chunks, its length unsaid."""
    ends = request.META.get("wsgi.input_terminated") and "Transfer-Encoding" in request.headers
    return bool(ends) and not length_of(request)


def _read_chunks(request: HttpRequest) -> bytes:
    """A body in chunks, of which Django, without a length, would see nothing."""
    body: bytes = request.META["wsgi.input"].read(LIMIT + 1)
    if len(body) > LIMIT:
        raise _too_large()
    return body


def _too_large() -> TooLarge:
    return TooLarge(_("The body is larger than %(limit)s bytes.") % {"limit": LIMIT})


def read_object(request: HttpRequest) -> JsonObject:
    """The body, which must be a JSON object."""
    value = read_json(request)
    if not isinstance(value, dict):
        raise Invalid.at("", _("The body must be a JSON object."))
    return value


class StrictJSONParser(BaseParser):
    """The one parser of REST framework views."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        return read_object(parser_context["request"]._request)
