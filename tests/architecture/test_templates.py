"""Templates are laid out for reading: one tag a line, no long lines."""

import pytest

from .templates import all_faults, faults


def test_every_template_is_laid_out_for_reading() -> None:
    assert all_faults() == []


@pytest.mark.parametrize(
    "line",
    [
        "<p>" + "long " * 40 + "</p>",
        "<div><p>Two blocks</p></div>",
        "<li>{{ a }}</li><li>{{ b }}</li>",
        "{% if a %}<p>{% if b %}x{% endif %}</p>{% endif %}",
        '<label for="x"><input id="x">Text</label>',
    ],
)
def test_crowded_line_is_seen(line: str) -> None:
    assert list(faults(line))


@pytest.mark.parametrize(
    "source",
    [
        '<li><a href="{{ url }}">{{ title }}</a></li>',
        '<option value="{{ v }}"{% if v == chosen %} selected{% endif %}>{{ label }}</option>',
        '<button{% if a %} class="x"{% endif %}{% if b %} title="y"{% endif %}>{% icon "x" %}{{ label }}</button>',
        "{% if a %}{{ a }}{% else %}{% if b %}{{ b }}{% endif %}{% endif %}",
        "{% comment %}<p><p>{% endcomment %}",
        '<p\n    {% if a %} id="a"{% endif %}>\n  text\n</p>',
    ],
)
def test_plain_line_is_left_alone(source: str) -> None:
    assert not list(faults(source))
