"""Notes and messages as safe HTML: Markdown with HTML off, then an allow-list without ids, classes or attributes."""

import nh3
from markdown_it import MarkdownIt

MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True}).disable(["image"])
TAGS = {"p", "br", "strong", "em", "code", "pre", "ul", "ol", "li", "blockquote", "a", "hr", "h3"}


class Prose(str):
    """What somebody wrote. As a string it is the source; templates print `__html__`, which is cleaned."""

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
