"""Names and media types of uploaded files: what is stored of the name and type that the sender gives.

`files.py` is where their bytes lie.
"""

import mimetypes
import unicodedata

LONGEST_NAME = 200
LONGEST_SUFFIX = 20
UNKNOWN = "application/octet-stream"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
TYPES: dict[str, tuple[bytes, ...]] = {
    "text/plain": (),
    "text/csv": (),
    "application/json": (),
    "application/pdf": (b"%PDF-",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
    "application/zip": _ZIP,
    "application/gzip": (b"\x1f\x8b",),
    **{_OFFICE + name: _ZIP for name in ("wordprocessingml.document", "spreadsheetml.sheet")},
    _OFFICE + "presentationml.presentation": _ZIP,
    **{_OPEN + name: _ZIP for name in ("text", "spreadsheet", "presentation")},
}
"""The types that browsers are given, and how such a file begins. All others are bytes without a type."""

DOWNLOAD_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Beside `Content-Disposition: attachment`: who shows such a file nevertheless runs nothing of it."""


def clean_name(declared: str, default: str) -> str:
    """The last part of a path, without characters that cannot be seen or that reverse the text; never empty."""
    name = (
        unicodedata.normalize("NFC", declared.encode("utf-8", "replace").decode()).replace("\\", "/").rpartition("/")[2]
    )
    name = "".join(char for char in name if unicodedata.category(char)[0] not in "C" and char not in "\u2028\u2029")
    name = " ".join(name.split()).strip(". ")
    return _shortened(name) or default


def _shortened(name: str) -> str:
    """At most LONGEST_NAME characters, with its suffix."""
    if len(name) <= LONGEST_NAME:
        return name
    stem, dot, suffix = name.rpartition(".")
    end = dot + suffix if stem and len(suffix) <= LONGEST_SUFFIX else ""
    return name[: LONGEST_NAME - len(end)].rstrip(". ") + end


def type_of(declared: str, name: str, head: bytes) -> str:
    """The type of the allow-list that a file is declared (else named) as, if it begins as such files do.

    HTML, SVG and whatever else a browser might run are bytes without a type.
    """
    media_type = declared.partition(";")[0].strip().lower()
    if media_type in ("", UNKNOWN):
        media_type = mimetypes.guess_type(name, strict=True)[0] or ""
    begins = TYPES.get(media_type)
    if begins is None or (begins and not head.startswith(begins)):
        return UNKNOWN
    return media_type
