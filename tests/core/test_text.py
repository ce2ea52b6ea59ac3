"""What shows nothing is empty, and blanks around a title are no part of it."""

import pytest

from apps.core.text import is_blank, trimmed


@pytest.mark.parametrize("text", ["", " ", "\t\r\n", "\u00a0", "\u200b", "\ufeff\u2060 ", "\u3000", "\u2800", "\u3164"])
def test_shows_nothing(text: str) -> None:
    assert is_blank(text)
    assert is_blank(trimmed(text))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (" Move  orders\n", "Move  orders"),
        ("\u200b\u00a0x\ufeff", "x"),
        ("a\u200bb", "a\u200bb"),
        ("\u2764\ufe0f", "\u2764\ufe0f"),
        ("\u0645\u200c", "\u0645\u200c"),
    ],
)
def test_blanks_around_are_no_part(text: str, left: str) -> None:
    """A selector of emoji and a joiner of letters stay: they shape what stands before them."""
    assert trimmed(text) == left
