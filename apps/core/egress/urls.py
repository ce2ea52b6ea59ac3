"""Which URLs can be sent to: read once, strictly, so that what is checked is what is dialled."""

import re
import socket
import threading
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from apps.core.errors import Invalid

from . import addresses
from .addresses import Address

LONGEST = 2000
PORTS = {"http": 80, "https": 443}
HOST = re.compile(r"[a-z0-9]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]*[a-z0-9])?)*|[0-9a-f:.]+")
# Seconds that a look at the name may take when somebody stores a URL.
PATIENCE = 2.0


class NotAUrl(ValueError):
    """The text is no URL that can be sent to; the text of the exception is for people."""


class NoSuchHost(OSError):
    """The name has no address, or none in time."""


@dataclass(frozen=True)
class Url:
    """A URL taken apart; `host` is lower-case ASCII, an IPv6 address without brackets."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """The Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def read_url(text: str) -> Url:
    """The URL in a text. Raises `NotAUrl` for everything that two readers could understand differently."""
    if len(text) > LONGEST:
        raise NotAUrl(_("The address is too long."))
    if any(character.isspace() or ord(character) < 33 or character in '\\"<>^`{|}' for character in text):
        raise NotAUrl(_("The address contains characters that it cannot."))
    try:
        parts = urlsplit(text)
        port = parts.port
        host = _ascii_host(parts.hostname or "")
    except (ValueError, UnicodeError):
        raise NotAUrl(_("This is not a web address.")) from None
    if parts.scheme not in PORTS or not HOST.fullmatch(host) or port == 0:
        raise NotAUrl(_("This is not a web address that starts with http:// or https://."))
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise NotAUrl(_("The address must not contain a name or password."))
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not target.isascii() or not target.startswith("/"):
        raise NotAUrl(_("The path of the address must be ASCII; write other letters with %-escapes."))
    return Url(parts.scheme, host, port or PORTS[parts.scheme], target)


def _ascii_host(host: str) -> str:
    if ":" in host:
        return host.lower()
    return host.encode("idna").decode().lower().removesuffix(".")


def require_sendable(text: str, *, at: str = "/url") -> None:
    """Raises `Invalid` for a URL that the egress rule refuses, where that can be known when it is stored.

    A name without an address now may have one later; each attempt checks again.
    """
    try:
        url = read_url(text)
        resolved = resolve(url.host, url.port, PATIENCE)
    except NotAUrl as error:
        raise Invalid.at(at, str(error)) from None
    except NoSuchHost:
        return
    if not all(addresses.may_dial(address, url.port, addresses.openings()) for address in resolved):
        raise Invalid.at(at, _("This address leads to a network that requests may not go to."))


def resolve(host: str, port: int, timeout: float) -> list[Address]:
    """All addresses of a host, without duplicates, in the resolver's order. Raises `NoSuchHost`.

    The resolver has no time-out of its own, so it is left behind when it takes too long.
    """
    resolved: list[Address] = []

    def look() -> None:
        try:
            for *_rest, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
                resolved.append(addresses.read_address(str(place[0])))
        except (OSError, UnicodeError, ValueError):
            resolved.clear()

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    looking.join(max(timeout, 0))
    if looking.is_alive() or not resolved:
        raise NoSuchHost(host)
    return list(dict.fromkeys(resolved))
