"""Strict JSON: what TaskHub takes as a body, and nothing that would read differently elsewhere.

UTF-8 without a byte order mark, nesting of at most 32, no duplicate keys, no NaN or infinities, no NUL and no
lone surrogates in texts or keys, and numbers within ±(2^53−1), so that every reader keeps the same value. A
number past that is refused however it is spelled (`1e300` too): stored, it would come back as an integer that
nobody can keep.

Small honest bodies take the fast path: one call of orjson and one walk that counts. Whatever looks odd there
is read again by the slow path, which finds out exactly what is wrong, and where.
"""

import json
from typing import Any, NoReturn

import orjson
from django.utils.translation import gettext as _

from apps.core.budgets import BODY_BYTES, BODY_DEPTH, LARGEST_NUMBER
from apps.core.errors import Invalid, Problem, TooLarge

MAX_DEPTH = BODY_DEPTH
MAX_BYTES = BODY_BYTES
MAX_NUMBER = LARGEST_NUMBER
LONGEST_INTEGER = len(str(-MAX_NUMBER))
# A NUL, and the colons that the fast path could not see in the body.
TELLING_ESCAPES = (b"\\u0000", b"\\u003a", b"\\u003A")


def parse(body: bytes, *, limit: int = MAX_BYTES) -> object:
    """The value of a JSON text. Raises `TooLarge` past `limit` bytes, `Invalid` for everything refused."""
    if len(body) > limit:
        raise TooLarge(_("The body is larger than %(limit)s bytes.") % {"limit": limit})
    try:
        value = orjson.loads(body)
    except ValueError:  # orjson.JSONDecodeError is one
        return _parse_slowly(body)
    return value if _is_plainly_fine(body, value) else _parse_slowly(body)


# --- Fast path -----------------------------------------------------------------------------------


def _is_plainly_fine(body: bytes, value: Any) -> bool:
    """Whether the body can be accepted without a second look; False means "not sure".

    Duplicate keys show in the colons: each one of the body separates a key from its value, or stands in a
    text. If no escape wrote one, the keys and the colons in texts of the value add up to the body's, unless a
    pair was dropped.
    """
    if b"\\u00" in body and any(escape in body for escape in TELLING_ESCAPES):
        return False
    colons = body.count(b":")
    level, depth = [value], 0
    while level:
        below: list[Any] = []
        for item in level:
            kind = type(item)
            if kind is str:
                colons -= item.count(":")
            elif kind is dict:
                colons -= len(item)
                for key in item:
                    if ":" in key:
                        colons -= key.count(":")
                below += item.values()
            elif kind is list:
                below += item
            elif (kind is int or kind is float) and not -MAX_NUMBER <= item <= MAX_NUMBER:
                return False
        level, depth = below, depth + 1
    return colons == 0 and depth <= MAX_DEPTH


def refusal_of(value: object) -> Problem | None:
    """What a body with this plain value would be refused for, with its place; None if nothing.

    For values that TaskHub computes or converts by itself: they are bounded as those that clients send.
    """
    try:
        body = orjson.dumps(value)
    except (TypeError, ValueError):
        return Problem("", "invalid_json", _("This is not JSON."))
    try:
        parse(body, limit=len(body))
    except Invalid as error:
        return error.errors[0]
    return None


# --- Slow path -----------------------------------------------------------------------------------


class _Pairs(list[tuple[str, Any]]):
    """An object as it was written: its pairs in order, duplicates included."""


class _Refused:
    """A number that JSON readers do not agree about."""


_REFUSED = _Refused()


def _read_integer(text: str) -> object:
    return int(text) if len(text) <= LONGEST_INTEGER and abs(int(text)) <= MAX_NUMBER else _REFUSED


def _read_float(text: str) -> object:
    number = float(text)
    return number if abs(number) <= MAX_NUMBER else _REFUSED


_DECODER = json.JSONDecoder(
    object_pairs_hook=_Pairs,
    parse_int=_read_integer,
    parse_float=_read_float,
    parse_constant=lambda _text: _REFUSED,
)


def _parse_slowly(body: bytes) -> object:
    """Reads with all details, then checks each: the value, or the first thing wrong with it."""
    try:
        return _checked(_DECODER.decode(body.decode()), "", 1)
    except UnicodeDecodeError:
        _refuse("", "invalid_text", _("The body is not UTF-8."))
    except json.JSONDecodeError as error:
        _refuse("", "invalid_json", _("This is not JSON: %(why)s.") % {"why": _where(error)})
    except RecursionError:
        _refuse_depth("")


def _where(error: json.JSONDecodeError) -> str:
    return _("line %(line)s, column %(column)s") % {"line": error.lineno, "column": error.colno}


def _checked(value: object, pointer: str, depth: int) -> object:
    """The plain value, or `Invalid` naming the first thing refused in it."""
    if isinstance(value, _Refused):
        message = _("Numbers must be finite and between −%(most)s and %(most)s.") % {"most": MAX_NUMBER}
        _refuse(pointer, "number_out_of_range", message)
    if isinstance(value, str):
        _check_text(value, pointer)
    elif isinstance(value, list):  # _Pairs too
        if depth > MAX_DEPTH:
            _refuse_depth(pointer)
        if isinstance(value, _Pairs):
            return _checked_object(value, pointer, depth)
        return [_checked(item, f"{pointer}/{index}", depth + 1) for index, item in enumerate(value)]
    return value


def _checked_object(pairs: _Pairs, pointer: str, depth: int) -> dict[str, object]:
    result: dict[str, object] = {}
    for key, value in pairs:
        _check_text(key, pointer)
        here = f"{pointer}/{escape(key)}"
        if key in result:
            _refuse(here, "duplicate_key", _("The key “%(key)s” is there twice.") % {"key": key})
        result[key] = _checked(value, here, depth + 1)
    return result


def _check_text(text: str, pointer: str) -> None:
    if "\0" in text:
        _refuse(pointer, "invalid_text", _("Texts must not contain the character NUL."))
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        _refuse(pointer, "invalid_text", _("Texts must not contain half a surrogate pair."))


def _refuse_depth(pointer: str) -> NoReturn:
    _refuse(pointer, "too_deep", _("This is nested deeper than %(most)s levels.") % {"most": MAX_DEPTH})


def _refuse(pointer: str, code: str, detail: str) -> NoReturn:
    raise Invalid(detail, errors=[Problem(pointer, code, detail)]) from None


def escape(key: str) -> str:
    """A key as one segment of a JSON Pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")
