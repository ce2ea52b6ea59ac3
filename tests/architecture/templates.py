"""How a template is laid out: one block-level tag or control tag a line, lines of at most 160 columns.

A line may hold one element that starts a block (`<li>`, `<button>`, …) with what is inline in it, or one control tag
(`{% if %}`, `{% for %}`, `{% with %}`, `{% block %}`) with its inline contents. Tags inside the start tag of an element
count for that element, and short inline runs without any block may hold several control tags.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from .source import ROOT, files

COLUMNS = 160
SHORT = 130
"""Up to so many columns a run of inline text may hold several control tags."""
BLOCKS = [
    "address",
    "article",
    "aside",
    "body",
    "button",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "html",
    "input",
    "label",
    "legend",
    "li",
    "main",
    "nav",
    "ol",
    "optgroup",
    "option",
    "p",
    "section",
    "select",
    "summary",
    "table",
    "tbody",
    "td",
    "textarea",
    "th",
    "thead",
    "tr",
    "ul",
]
COMMENT = re.compile(r"{% comment %}.*?{% endcomment %}|{#[^\n]*?#}", re.DOTALL)
SENTENCE = re.compile(r"{% blocktranslate.*?{% endblocktranslate %}", re.DOTALL)
CONSTRUCT = re.compile(r"{%.*?%}|{{.*?}}")
START = re.compile(r"<[a-zA-Z](?:{%.*?%}|{{.*?}}|[^>])*>", re.DOTALL)
BLOCK = re.compile(rf"<(?:{'|'.join(BLOCKS)})(?=[\s>])")
CONTROL = re.compile(r"{%\s*(?:if|for|with|block)\b")


def faults(source: str) -> Iterator[tuple[int, str]]:
    """(line, what is wrong with it) for the text of a template."""
    for number, line in enumerate(source.split("\n"), 1):
        if len(line) > COLUMNS:
            yield number, f"has {len(line)} columns, more than {COLUMNS}"
    lengths = [len(line) for line in source.split("\n")]
    for number, line in enumerate(_bare(source).split("\n"), 1):
        blocks, controls = len(BLOCK.findall(line)), len(CONTROL.findall(line))
        if blocks > 1:
            yield number, f"starts {blocks} blocks"
        if controls > 1 and (blocks or lengths[number - 1] > SHORT):
            yield number, f"holds {controls} control tags"


def _bare(source: str) -> str:
    """The source without comments, sentences to translate and the insides of start tags; the lines stay."""
    for pattern in (COMMENT, SENTENCE):
        source = pattern.sub(_newlines, source)
    return START.sub(_start, source)


def _newlines(match: re.Match[str]) -> str:
    return "\n" * match.group().count("\n")


def _start(match: re.Match[str]) -> str:
    """`<name>` on its first line, without attributes."""
    tag = CONSTRUCT.sub("", match.group())
    return tag.split()[0].rstrip(">") + ">" + "\n" * match.group().count("\n")


def all_faults() -> list[str]:
    """Every fault of every template, as `path:line: what`."""
    return [
        f"{path.relative_to(ROOT)}:{number}: {what}"
        for path in files(".html", under=("templates",))
        for number, what in faults(Path(path).read_text())
    ]
