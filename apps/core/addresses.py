"""Where a request comes from: the address of the client, behind the proxies that the operator trusts."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from django.conf import settings


def client_address(meta: Mapping[str, Any]) -> str:
    """The client's address by TRUSTED_PROXIES; what anybody else writes into X-Forwarded-For is not believed.

    TRUSTED_PROXIES is either how many proxies stand in front, or the networks in which they are.
    """
    connected = str(meta.get("REMOTE_ADDR", ""))
    forwarded = [part.strip() for part in str(meta.get("HTTP_X_FORWARDED_FOR", "")).split(",") if part.strip()]
    chain = [*forwarded, connected]
    trusted = settings.TRUSTED_PROXIES
    if isinstance(trusted, int):
        address = chain[-1 - trusted] if len(chain) > trusted else chain[0]
    else:
        address = next((part for part in reversed(chain) if not _is_within(part, trusted)), chain[0])
    return address if _parsed(address) else connected


def throttled_part(address: str) -> str:
    """What one client can be told by: an IPv4 address, or the /64 that one client has of IPv6."""
    parsed = _parsed(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address


def is_local(meta: Mapping[str, Any]) -> bool:
    """Whether the request was made on this machine, and by no proxy there."""
    parsed = _parsed(str(meta.get("REMOTE_ADDR", "")))
    forwarded = any(meta.get(name) for name in ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP"))
    return parsed is not None and parsed.is_loopback and not forwarded


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None


def _is_within(address: str, networks: list[Any]) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in networks)
