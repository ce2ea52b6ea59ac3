"""ETags and If-Match: a version is a hash of what this caller sees, so that nothing hidden ever moves it."""

import re
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.core.errors import Invalid, VersionMismatch
from apps.core.secrets import fingerprint

from .answers import dumps

_TAGS = re.compile(r'\s*(?:W/)?"[!#-~]*"\s*(?:,\s*(?:W/)?"[!#-~]*"\s*)*')
_TAG = re.compile(r'(W/)?"([!#-~]*)"')


def version_of(body: Mapping[str, Any]) -> str:
    """The version of a rendering: its own if it carries one, else a hash of all of it."""
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


def wanted_version(request: HttpRequest) -> str | None:
    """The one version that If-Match names, for services that compare it under their lock."""
    wanted = wanted_versions(request)
    if wanted is None:
        return None
    if len(wanted) != 1:
        raise Invalid(_("If-Match must name exactly one strong version here."))
    return wanted[0]


def require_version(request: HttpRequest, body: Mapping[str, Any]) -> None:
    """Raises VersionMismatch unless If-Match is absent or names the version of this rendering."""
    wanted = wanted_versions(request)
    if wanted is not None and version_of(body) not in wanted:
        raise VersionMismatch(_("It has changed since you read it."))
