"""What is kept of names and types that somebody gives a file."""

import pytest

from apps.core.media import LONGEST_NAME, UNKNOWN, clean_name, type_of


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\docs\\plan.txt", "plan.txt"),
        ("a\r\nSet-Cookie: x=1.txt", "aSet-Cookie: x=1.txt"),
        ("invoice\u202egnp.exe", "invoicegnp.exe"),
        ("zero\u200bwidth.txt", "zerowidth.txt"),
        ("\ud800.txt", "?.txt"),
        ("..", "file"),
        ("", "file"),
        (" . ", "file"),
        ("e\u0301t\u00e9.txt", "\u00e9t\u00e9.txt"),
        ("x" * 5000 + ".pdf", "x" * (LONGEST_NAME - 4) + ".pdf"),
        ("x" * 5000, "x" * LONGEST_NAME),
    ],
)
def test_name_is_a_name_and_nothing_else(said: str, kept: str) -> None:
    assert clean_name(said, "file") == kept


@pytest.mark.parametrize(
    ("declared", "name", "head", "told"),
    [
        ("application/pdf", "a", b"%PDF-1.7", "application/pdf"),
        ("application/pdf", "a.pdf", b"<html>", UNKNOWN),
        ("", "a.png", b"\x89PNG\r\n\x1a\n..", "image/png"),
        ("image/gif", "a.gif", b"GIF89a/*<script>", "image/gif"),
        ("image/svg+xml", "a.svg", b"<svg>", UNKNOWN),
        ("text/html", "a.html", b"<html>", UNKNOWN),
        ("text/html; charset=utf-7", "a", b"+ADw-script+AD4-", UNKNOWN),
        ("text/plain; charset=utf-7", "a.txt", b"+ADw-", "text/plain"),
        ("application/xhtml+xml", "a", b"<html", UNKNOWN),
        ("", "a.html", b"<html>", UNKNOWN),
        ("text/javascript", "a.js", b"alert(1)", UNKNOWN),
        ("\u0000", "a", b"", UNKNOWN),
    ],
)
def test_only_harmless_types_are_told(declared: str, name: str, head: bytes, told: str) -> None:
    assert type_of(declared, name, head) == told
