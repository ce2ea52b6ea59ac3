"""Secrets at rest: the first key seals, all of them open."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from apps.core.sealing import NotSealed, is_sealed, reseal, seal, unseal

ONE, TWO = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.mark.parametrize("text", ["", "whsec_abc", "ünïcode ✓", "line\nline", "\ud800", "sealed:gAAAA"])
def test_what_is_sealed_opens(text: str) -> None:
    sealed = seal(text)
    assert unseal(sealed) == text
    assert is_sealed(sealed)
    assert seal(text) != sealed


@pytest.mark.parametrize("text", ["", "plain", "sealed:", "sealed:plain", "sealed:gAAAAAB\u00e9"])
def test_what_was_not_sealed_here_does_not_open(text: str) -> None:
    for act in (unseal, reseal):
        with pytest.raises(NotSealed):
            act(text)


def test_nothing_of_it_shows() -> None:
    assert "hunter2" not in seal("hunter2")


def test_changed_text_does_not_open() -> None:
    sealed = seal("secret")
    swapped = "A" if sealed[40] != "A" else "B"
    with pytest.raises(NotSealed):
        unseal(sealed[:40] + swapped + sealed[41:])


def test_keys_are_rotated(settings: Any) -> None:
    settings.SECRETS_KEYS = [ONE]
    old = seal("secret")
    settings.SECRETS_KEYS = [TWO, ONE]
    assert unseal(old) == "secret"
    new = reseal(old)
    settings.SECRETS_KEYS = [TWO]
    assert unseal(new) == "secret"
    with pytest.raises(NotSealed):
        unseal(old)


def test_without_keys_of_its_own_the_secret_key_seals(settings: Any) -> None:
    settings.SECRETS_KEYS = []
    sealed = seal("secret")
    settings.SECRETS_KEYS = [ONE]
    assert unseal(sealed) == "secret"
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    assert unseal(sealed) == "secret"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(NotSealed):
        unseal(sealed)


def test_wrong_key_is_told_without_showing_it(settings: Any) -> None:
    settings.SECRETS_KEYS = ["hunter2"]
    with pytest.raises(ImproperlyConfigured) as told:
        seal("secret")
    assert "hunter2" not in str(told.value)
