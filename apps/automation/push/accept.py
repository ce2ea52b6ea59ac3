"""What a push of a function says of where its tasks go: `mode`, `url`, `secret`."""

from typing import Any

from django.utils.translation import gettext as _

from apps.automation.models import Function
from apps.core import signing
from apps.core.body import Body
from apps.core.egress import require_sendable
from apps.core.errors import Invalid
from apps.core.sealing import seal
from apps.core.shapes import Choice, Object, Text

LONGEST_URL = 2000
Mode = Function.Mode
_SECRET = Text(200, description="`whsec_` and 24 to 64 random bytes in base64; without it TaskHub makes one.")
TARGET = {
    "mode": Choice(Mode.values),
    "url": Text(LONGEST_URL, description="Where TaskHub calls a push function."),
    "secret": _SECRET,
}
ROTATION = Object({"secret": _SECRET}, name="RotationBody", about="What calls are signed with.", drops_null=True)


def read_target(push: Body) -> dict[str, Any]:
    """The columns `mode`, `url` and `secret` (sealed); problems are noted in the body."""
    mode, url = push.get("mode", Mode.PULL.value), push.get("url")
    secret = _read_secret(push)
    if mode == Mode.PUSH:
        _check_url(push, url)
    else:
        for name in ("url", "secret"):
            if push.has(name):
                push.wrong(name, _("Only functions of mode push have this."))
    return {"mode": mode, "url": url, "secret": secret}


def read_rotation(body: object) -> str | None:
    """The secret (sealed) to which it is rotated, None if TaskHub makes one. Raises Invalid."""
    rotation = Body(body, ROTATION)
    secret = _read_secret(rotation)
    rotation.finish()
    return secret


def _read_secret(body: Body) -> str | None:
    secret = body.get("secret")
    if secret is None:
        return None
    try:
        signing.read_secret(secret)
    except ValueError:
        body.wrong("secret", _("Must be whsec_ and 24 to 64 random bytes in base64."))
        return None
    return seal(secret)


def _check_url(push: Body, url: str | None) -> None:
    """A URL to which requests may go, as far as that can be known now."""
    if url is None:
        push.wrong("url", _("Say the URL that TaskHub calls."))
        return
    try:
        require_sendable(url, at=push.pointer("url"))
    except Invalid as error:
        push.problems += error.errors
