"""Promises about all templates and static files: strict policy, one language tool, known icons, vendored hashes."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
VENDORED = json.loads((ROOT / "static/vendor/VERSIONS.json").read_text())
SPRITE = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static/vendor/lucide/icons.svg").read_text()))
COMMENT = re.compile(r"{% comment %}.*?{% endcomment %}|{#.*?#}", re.DOTALL)
# The words of the API and the code; people read people's words.
INTERNAL = re.compile(r"\b(lease|leased|custody|handed.over|handover|zombie)\b", re.IGNORECASE)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT / "templates"))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_template_compiles(path: Path) -> None:
    get_template(name_of(path))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_template_keeps_the_strict_policy(path: Path) -> None:
    source = COMMENT.sub("", path.read_text())
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|hx-on|javascript:|hx-vals=.js:", source)
    assert not re.search(r"<script(?![^>]*\ssrc=)", source)
    assert not re.search(r"\|\s*safe|autoescape\s+off|https?://(?!www\.w3\.org)", source)


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_every_form_that_posts_has_its_token(path: Path) -> None:
    for form in re.findall(r'<form[^>]*method="post".*?</form>', path.read_text(), re.DOTALL):
        assert "{% csrf_token %}" in form


def said_by(source: str) -> str:
    """Texts of a template: what stands between tags, and the strings given to the tags of gettext."""
    bare = COMMENT.sub("", source)
    quoted = re.findall(r"""{% translate (?:"([^"]+)"|'([^']+)')""", bare)
    between = re.findall(r"[>}]([^<>{}]+)[<{]", bare)
    return " ".join([*between, *(double or single for double, single in quoted)])


def test_the_reading_of_texts_finds_them_all() -> None:
    assert "custody" in said_by("<p>Who has custody</p>")
    assert "lease" in said_by('{% translate "The lease" %}')
    assert "lease" in said_by("{% blocktranslate %}The lease of {{ x }}{% endblocktranslate %}")


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_people_read_peoples_words(path: Path) -> None:
    assert not INTERNAL.search(said_by(path.read_text()))


def test_every_icon_is_in_the_sprite() -> None:
    used = {name for path in TEMPLATES for name in re.findall(r'{% icon "([^"]+)"|picture="([^"]+)"', path.read_text())}
    labels = (ROOT / "apps/web/labels.py").read_text()
    named = {a or b for a, b in used} | set(re.findall(r'Chip\(.*"([a-z-]+)"\)', labels))
    assert named <= SPRITE


@pytest.mark.parametrize("entry", VENDORED, ids=lambda entry: entry["file"])
def test_vendored_file_is_the_one_that_was_listed(entry: dict[str, str]) -> None:
    assert hashlib.sha256((ROOT / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]


def test_style_sheets_fetch_nothing_from_elsewhere() -> None:
    for sheet in (ROOT / "static/css").glob("*.css"):
        assert not re.search(r"@import|url\((?!\"\.\./vendor/)", sheet.read_text()), sheet.name
