"""Notes and messages as safe HTML: Markdown with HTML off, then an allow-list without ids, classes or attributes."""

import nh3
from markdown_it import MarkdownIt

MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True}).disable(["image"])
TAGS = {"p", "br", "strong", "em", "code", "pre", "ul", "ol", "li", "blockquote", "a", "hr", "h3"}


class Prose:
    """Text of a person, rendered once and cleaned; templates print it unescaped because it says `__html__`."""

    def __init__(self, source: str) -> None:
        self.source = source

    def __str__(self) -> str:
        return self.source

    def __html__(self) -> str:
        cleaned = nh3.clean(
            MARKDOWN.render(self.source),
            tags=TAGS,
            attributes={"a": {"href"}},
            url_schemes={"http", "https", "mailto"},
            link_rel="noopener noreferrer nofollow",
        )
        return str(cleaned)
