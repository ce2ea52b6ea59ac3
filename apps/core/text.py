"""Texts that show nothing: the one notion of a blank text, for every door."""

import unicodedata

BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks of Unicode that show nothing, besides separators, controls and format characters."""
SPACES = frozenset("\u200b\u2060\ufeff")
"""Blanks without width, besides separators and controls. Other format characters shape what stands beside them."""
FIRST_SELECTOR, LAST_SELECTOR = "\ufe00", "\ufe0f"


def is_blank(text: str) -> bool:
    """Whether no character of the text can be seen."""
    return all(map(_is_invisible, text))


def trimmed(text: str) -> str:
    """The text without blanks around it, of whatever width: how every title is read."""
    start, end = 0, len(text)
    while start < end and _is_space(text[start]):
        start += 1
    while end > start and _is_space(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_space(char: str) -> bool:
    return char in SPACES or unicodedata.category(char) in ("Cc", "Zs", "Zl", "Zp")


def _is_invisible(char: str) -> bool:
    if unicodedata.category(char) in ("Cc", "Cf", "Zs", "Zl", "Zp"):
        return True
    return char in BLANK_LETTERS or FIRST_SELECTOR <= char <= LAST_SELECTOR
