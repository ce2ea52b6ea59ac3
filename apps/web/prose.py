"""Notes and messages as safe HTML or plain text: Markdown without HTML, then an allow-list without ids or classes."""

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True}).disable(["image"])
TAGS = {"p", "br", "strong", "em", "code", "pre", "ul", "ol", "li", "blockquote", "a", "hr", "h3"}


def plain(source: str) -> str:
    """Markdown as one line, without the characters of Markdown."""
    blocks = (block.children or [block] for block in MARKDOWN.parse(source))
    return " ".join(" ".join("".join(map(_text, block)) for block in blocks).split())


def _text(token: Token) -> str:
    return " " if token.type in ("softbreak", "hardbreak") else token.content


class Prose(str):
    """A text in Markdown. As a string it is the source; templates print `__html__`, which is cleaned."""

    __slots__ = ()

    def __html__(self) -> str:
        cleaned = nh3.clean(
            MARKDOWN.render(str(self)),
            tags=TAGS,
            attributes={"a": {"href"}},
            url_schemes={"http", "https", "mailto"},
            link_rel="noopener noreferrer nofollow",
        )
        return str(cleaned)
