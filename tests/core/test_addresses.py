"""The client's address is what trusted proxies say, and nothing that a client writes itself."""

from ipaddress import ip_network
from typing import Any

import pytest

from apps.core.addresses import client_address, is_local, throttled_part

PROXIES = [ip_network("10.0.0.0/8")]


@pytest.mark.parametrize(
    ("trusted", "connected", "forwarded", "expected"),
    [
        (0, "192.0.2.1", "203.0.113.5", "192.0.2.1"),
        (1, "10.0.0.1", "203.0.113.5, 192.0.2.1", "192.0.2.1"),
        (2, "10.0.0.1", "203.0.113.5, 192.0.2.1, 10.0.0.2", "192.0.2.1"),
        (2, "10.0.0.1", "192.0.2.1", "192.0.2.1"),
        (1, "10.0.0.1", "nonsense", "10.0.0.1"),
        (1, "10.0.0.1", "", "10.0.0.1"),
        (PROXIES, "10.0.0.1", "203.0.113.5, 192.0.2.1, 10.0.0.2", "192.0.2.1"),
        (PROXIES, "192.0.2.1", "203.0.113.5", "192.0.2.1"),
        ([], "192.0.2.1", "203.0.113.5", "192.0.2.1"),
    ],
)
def test_address_of_the_client(settings: Any, trusted: Any, connected: str, forwarded: str, expected: str) -> None:
    settings.TRUSTED_PROXIES = trusted
    assert client_address({"REMOTE_ADDR": connected, "HTTP_X_FORWARDED_FOR": forwarded}) == expected


def test_client_has_a_network_of_ipv6() -> None:
    assert throttled_part("2001:db8:1:2:3:4:5:6") == throttled_part("2001:db8:1:2::1") == "2001:db8:1:2::/64"
    assert throttled_part("192.0.2.1") == "192.0.2.1"


def test_request_through_a_proxy_of_this_machine_is_not_local() -> None:
    assert is_local({"REMOTE_ADDR": "127.0.0.1"})
    assert is_local({"REMOTE_ADDR": "::1"})
    assert not is_local({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.1"})
    assert not is_local({"REMOTE_ADDR": "192.0.2.1"})
    assert not is_local({})
