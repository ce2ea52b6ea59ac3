"""Which addresses may be dialled: the public ones, and what operators opened."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Every way to write an IPv4 address as an IPv6 one: mapped, compatible, NAT64 (two prefixes), 6to4, Teredo.
IPV4_IN_IPV6 = tuple(
    IPv6Network(network)
    for network in ("::ffff:0:0/96", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
)
# What Python's own flags let pass in one version or another.
NOT_PUBLIC = tuple(ip_network(network) for network in ("100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "fec0::/10"))


@dataclass(frozen=True)
class Opening:
    """A network that operators opened; to one port, or to all."""

    network: Network
    port: int | None = None

    def covers(self, address: Address, port: int) -> bool:
        """Whether the address and port lie in it."""
        return address in self.network and self.port in (None, port)


def may_dial(address: Address, port: int, openings: Iterable[Opening]) -> bool:
    """Whether a connection there is allowed."""
    return is_public(address) or any(opening.covers(address, port) for opening in openings)


def is_public(address: Address) -> bool:
    """Whether the address belongs to the internet at large, however it is written."""
    if isinstance(address, IPv6Address) and any(address in network for network in IPV4_IN_IPV6):
        return False
    if any(address in network for network in NOT_PUBLIC):
        return False
    special = (
        *(address.is_multicast, address.is_reserved, address.is_loopback, address.is_link_local),
        *(address.is_unspecified, address.is_private),
    )
    return address.is_global and not any(special)


def openings() -> tuple[Opening, ...]:
    """What the setting EGRESS_ALLOW opens. Raises ImproperlyConfigured if it is not written as it should be."""
    return _read_openings(tuple(settings.EGRESS_ALLOW))


@lru_cache(maxsize=8)
def _read_openings(words: tuple[str, ...]) -> tuple[Opening, ...]:
    try:
        return tuple(read_opening(word) for word in words)
    except ValueError as error:
        raise ImproperlyConfigured(f"EGRESS_ALLOW: {error}") from None


def read_opening(word: str) -> Opening:
    """`CIDR` or `CIDR:PORT`; an IPv6 network with a port stands in brackets. Raises ValueError."""
    network, port = word.strip(), ""
    if network.startswith("["):
        network, _bracket, rest = network[1:].partition("]")
        port = rest.removeprefix(":")
    elif network.count(":") == 1:
        network, _colon, port = network.partition(":")
    if port and not (port.isdecimal() and 0 < int(port) < 65536):
        raise ValueError(f"{word!r} has no port from 1 to 65535")
    return Opening(ip_network(network, strict=False), int(port) if port else None)


def read_address(text: str) -> Address:
    """An address as the resolver gives it, without its scope. Raises ValueError."""
    return ip_address(text.partition("%")[0])
