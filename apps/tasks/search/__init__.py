"""Finding tasks by words, tags and field values: conditions that never disclose more than the tasks themselves do.

Words are searched in `SearchText`: a row for each part of a task and each audience that may know of it. A reader's
query names only rows whose audience they belong to, so a word that is hidden from them is a word that is not there:
it neither finds nor excludes, orders or shows anything. No row is read across tasks or counted into a rank.
"""

from .field_filters import narrow_by_field, tagged
from .index import (
    before_change,
    follow,
    forget_text,
    index_text,
    rebuild,
    refresh,
    refresh_all,
    remember,
    rewrite,
    rows_of,
)
from .matching import matching_text
from .snippets import Snippet, snippets

__all__ = [
    "Snippet",
    "before_change",
    "follow",
    "forget_text",
    "index_text",
    "matching_text",
    "narrow_by_field",
    "rebuild",
    "refresh",
    "refresh_all",
    "remember",
    "rewrite",
    "rows_of",
    "snippets",
    "tagged",
]  # fmt: skip
