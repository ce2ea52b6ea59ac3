"""Keyrings: the first key makes, each of them verifies."""

import pytest

from apps.core.keyring import Keyring

OLD, NEW = b"old", b"new"


def test_first_key_makes_and_each_one_verifies() -> None:
    before, during, after = Keyring((OLD,)), Keyring((NEW, OLD)), Keyring((NEW,))
    old, new = before.mac(b"text"), during.mac(b"text")
    assert list(during.macs(b"text")) == [new, old]
    assert during.verifies(b"text", old)
    assert after.verifies(b"text", new)
    assert not after.verifies(b"text", old)
    assert not during.verifies(b"other", new)


def test_ring_without_keys_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a key"):
        Keyring(())
