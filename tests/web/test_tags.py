"""The template tags escape what people typed and say names once."""

from datetime import timedelta

import pytest
from django.template import Context, Template
from django.utils import timezone

from apps.core.timestamps import format_timestamp
from apps.web.labels import State

EVIL = '<script>alert(1)</script>"onload="x'


def render(source: str, **context: object) -> str:
    return Template("{% load hub %}" + source).render(Context(context))


def test_icon_is_decoration() -> None:
    assert 'aria-hidden="true"' in render('{% icon "lock" %}')
    assert "icons.svg#lock" in render('{% icon "lock" %}')


@pytest.mark.parametrize("source", ["{% avatar who %}", "{% actor_name who %}", "{% status_chip state %}"])
def test_names_are_escaped(source: str) -> None:
    said = render(source, who="user:x", names={"user:x": EVIL}, state=State("handed_over", waiting_for="user:x"))
    assert "<script" not in said
    assert 'onload="' not in said


def test_reader_is_you() -> None:
    assert render("{% actor_name who %}", who="user:ana", me="user:ana") == "You"


def test_no_due_date_can_be_silent() -> None:
    assert render("{% due none silent=True %}", none=None) == ""
    assert "No due date" in render("{% due none %}", none=None)


def test_moments_carry_the_exact_time() -> None:
    moment = timezone.now()
    assert f'datetime="{format_timestamp(moment)}"' in render("{% when at %}", at=moment)
    assert f'datetime="{format_timestamp(moment)}"' in render("{% due at %}", at=moment)
    assert render("{% when at %}", at=None) == ""


def test_filters_of_time() -> None:
    moment = timezone.now() - timedelta(minutes=20)
    assert render("{{ at|ago }}, {{ at|age }}, {{ span|duration }}", at=moment, span=41) == "20 min ago, 20 min, 41 s"
    assert render("{{ at|ago }}", at=timezone.now()) == "just now"
    assert render("{{ none|ago }}{{ none|age }}{{ none|duration }}", none=None) == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**bold** `code`", "<p><strong>bold</strong> <code>code</code></p>"),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>"),
        ("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>"),
        ("![a](https://example.com/x.png)", None),
        (EVIL, None),
        ('<a href="x" hx-get="/x" id="main" class="btn">', None),
    ],
)
def test_notes_are_markdown_without_html(text: str, shown: str | None) -> None:
    said = render("{{ text|prose }}", text=text)
    assert shown is None or said.strip() == shown
    for tag in ("<script", "<img", "<a hx", "<a id", "<a class", "<b>"):
        assert tag not in said


def test_links_of_notes_do_not_vouch_for_their_target() -> None:
    said = render("{{ text|prose }}", text="[a](https://example.com)")
    assert '<a href="https://example.com" rel="noopener noreferrer nofollow">a</a>' in said
