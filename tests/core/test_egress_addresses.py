"""Which addresses and URLs requests may go to."""

import socket
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from apps.core.egress import addresses, require_sendable, urls
from apps.core.errors import Invalid

REFUSED = [
    address
    for line in (
        """
127.0.0.1 10.0.0.5 172.16.0.1 192.168.1.1 169.254.169.254 169.254.170.2 100.64.0.1 100.100.100.200 0.0.0.0 ::1 ::
::ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:100.64.0.1 ::ffff:8.8.8.8 64:ff9b::a9fe:a9fe 64:ff9b:1::a9fe:a9fe
2002:a9fe:a9fe:: 2002:7f00:1:: fd00:ec2::254 fe80::1 fec0::1 224.0.0.1 ff02::1 240.0.0.1 255.255.255.255 192.0.0.192
192.88.99.1 198.18.0.1 203.0.113.5 2001:db8::1 2001:0:a9fe:a9fe:: ::7f00:1 ::10.0.0.1 fe80::1%eth0
""",
    )
    for address in line.split()
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "140.82.112.3", "2606:4700::1111", "2a00:1450:4001:81b::200e"]


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not addresses.may_dial(addresses.read_address(address), 443, ())


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_passes(address: str) -> None:
    assert addresses.may_dial(addresses.read_address(address), 443, ())


OPENINGS = [
    ("10.0.0.0/8", "10.1.2.3", 80, True),
    ("10.0.0.0/8:8080", "10.1.2.3", 8080, True),
    ("10.0.0.0/8:8080", "10.1.2.3", 8081, False),
    ("127.0.0.1:9000", "127.0.0.1", 9000, True),
    ("127.0.0.1:9000", "127.0.0.2", 9000, False),
    ("fd00::/8", "fd00::1", 80, True),
    ("[fd00::/8]:443", "fd00::1", 443, True),
    ("[fd00::/8]:443", "fd00::1", 80, False),
    ("10.0.0.0/8", "::ffff:10.0.0.1", 80, False),
]


@pytest.mark.parametrize(("word", "address", "port", "open_"), OPENINGS)
def test_operators_open_a_network_or_one_port_of_it(word: str, address: str, port: int, open_: bool) -> None:
    opening = addresses.read_opening(word)
    assert addresses.may_dial(addresses.read_address(address), port, [opening]) is open_


@pytest.mark.parametrize(
    "word", ["", "internal", "10.0.0.0/8:", "10.0.0.0/40", "10.0.0.1:0", "10.0.0.1:99999", "[fd00::/8]:x"]
)
def test_a_wrong_opening_is_said_to_be_wrong(word: str, settings: Any) -> None:
    settings.EGRESS_ALLOW = [word]
    if word == "10.0.0.0/8:":  # an empty port is no port
        assert addresses.openings()
        return
    with pytest.raises(ImproperlyConfigured):
        addresses.openings()


READ = [
    ("https://example.org", ("https", "example.org", 443, "/", "example.org")),
    ("http://Example.ORG.:8080/a?b=c#d", ("http", "example.org", 8080, "/a?b=c", "example.org:8080")),
    ("https://[2606:4700::1111]:444/", ("https", "2606:4700::1111", 444, "/", "[2606:4700::1111]:444")),
    ("https://bücher.example/", ("https", "xn--bcher-kva.example", 443, "/", "xn--bcher-kva.example")),
    ("https://internal_host:443/x", ("https", "internal_host", 443, "/x", "internal_host")),
]

NO_URLS = [
    *("", "example.org", "//example.org", "/x", "ftp://example.org", "file:///etc/passwd", "javascript:alert(1)"),
    *("http://", "http://:80", "http://a b/", "http://a\\b/", "http://a/\n", "http://a:0/", "http://a:99999/"),
    *("http://user@example.org", "http://user:pw@example.org/", "http://example.org@127.0.0.1/", "http://@a/"),
    *("http://[::1", "http://a..b/", "http://-a/", "http://a/é", "http://a/" + "x" * 2000, "http://a%2eb/"),
]


@pytest.mark.parametrize(("text", "parts"), READ)
def test_a_url_is_taken_apart(text: str, parts: tuple) -> None:
    url = urls.read_url(text)
    assert (url.scheme, url.host, url.port, url.target, url.authority) == parts


@pytest.mark.parametrize("text", NO_URLS)
def test_what_two_readers_could_understand_differently_is_no_url(text: str) -> None:
    with pytest.raises(urls.NotAUrl):
        urls.read_url(text)


# All of them are 127.0.0.1 for some resolver.
DISGUISES = [
    *("127.1", "0x7f000001", "2130706433", "0177.0.0.1", "127.0.0.1.", "１２７.0.0.1", "localhost"),
    *("[::1]", "[::ffff:127.0.0.1]"),
]


@pytest.mark.parametrize("host", DISGUISES)
def test_a_disguised_loopback_is_refused_when_it_is_stored(host: str) -> None:
    with pytest.raises(Invalid) as refusal:
        require_sendable(f"http://{host}/")
    assert [problem.pointer for problem in refusal.value.errors] == ["/url"]


def test_a_public_address_and_a_name_of_tomorrow_can_be_stored() -> None:
    require_sendable("https://8.8.8.8/hook")
    require_sendable("https://no-such-name.invalid/hook")


def test_one_bad_address_of_a_name_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [(0, 0, 0, "", ("8.8.8.8", 80)), (0, 0, 0, "", ("10.0.0.1", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: answers)
    with pytest.raises(Invalid):
        require_sendable("http://mixed.example/")
