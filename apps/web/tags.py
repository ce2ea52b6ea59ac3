"""Tags in one line of text: commas between them, quotation marks around a tag that holds a comma."""

import csv
import io
from collections.abc import Sequence

from .schema_form.scalars import one_newline


def as_line(text: str) -> str:
    """The text as an input of one line posts it."""
    return one_newline(text).replace("\n", "")


def tags_text(tags: Sequence[str]) -> str:
    """The tags as an input shows them."""
    return ", ".join(map(_quoted, tags))


def _quoted(tag: str) -> str:
    if tag == tag.strip() and not any(char in tag for char in ',"\r\n'):
        return tag
    return '"' + tag.replace('"', '""') + '"'


def read_tags(text: str, stored: Sequence[str]) -> list[str]:
    """The tags in a line, each once; those that are stored already stay as they are, to the last space."""
    known = {as_line(tag): tag for tag in stored}
    rows = csv.reader(io.StringIO(as_line(text)), skipinitialspace=True)
    parts = [part for row in rows for part in row]
    tags = (known.get(part) or known.get(part.strip()) or " ".join(part.split()) for part in parts)
    return list(dict.fromkeys(tag for tag in tags if tag))
