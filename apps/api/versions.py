"""ETags and If-Match: a version is a hash of what this caller sees, so that nothing hidden ever moves it."""

import re
from collections.abc import Callable

from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.core.errors import Invalid, NotFound, VersionMismatch
from apps.core.json_types import JsonMapping
from apps.core.sealing import fingerprint

from .responses import dumps

_TAGS = re.compile(r'\s*(?:W/)?"[!#-~]*"\s*(?:,\s*(?:W/)?"[!#-~]*"\s*)*')
_TAG = re.compile(r'(W/)?"([!#-~]*)"')


def version_of(body: JsonMapping) -> str:
    """The version of a rendering: its own if it carries one (tasks: `rendering/tasks.py`), else a hash of all of it."""
    return str(body.get("version") or fingerprint(dumps(body)).hex()[:24])


def etag(version: str) -> str:
    """A version as an ETag header."""
    return f'"{version}"'


def wanted_versions(request: HttpRequest) -> list[str] | None:
    """The versions that If-Match names; None if it is absent or `*`. Weak ones never match. Raises Invalid."""
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    if not _TAGS.fullmatch(header):
        raise Invalid(_("If-Match must be * or ETags in double quotes."))
    return [tag for weak, tag in _TAG.findall(header) if not weak]


NO_VERSION = ""
"""The version of nothing: what names it is refused as changed, or as absent."""


def wanted_version(request: HttpRequest, current: Callable[[], JsonMapping]) -> str | None:
    """The version that If-Match names, for services that compare it under their lock; None if it is absent or `*`.

    Of several it is the one that the object has now; `current` renders it.
    """
    wanted = wanted_versions(request)
    if wanted is None:
        return None
    if len(wanted) < 2:
        return wanted[0] if wanted else NO_VERSION
    try:
        version = version_of(current())
    except NotFound:
        return NO_VERSION
    return version if version in wanted else NO_VERSION


def require_version(request: HttpRequest, body: JsonMapping) -> None:
    """Raises VersionMismatch unless If-Match is absent or names the version of this rendering."""
    wanted = wanted_versions(request)
    if wanted is not None and version_of(body) not in wanted:
        raise VersionMismatch(_("It has changed since you read it."))
