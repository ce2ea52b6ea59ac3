"""Finding tasks by words, tags and field values: conditions that never tell more than the tasks themselves do.

Words are searched in `SearchText`: a row for each part of a task and each audience that may know of it. A reader's
query names only rows whose audience they belong to, so a word that is hidden from them is a word that is not there:
it neither finds nor excludes, orders or shows anything. No row is read across tasks or counted into a rank.
"""

from .fields import narrow_by_field, tagged
from .index import before_change, follow, forget_said, rebuild, refresh, remember, remember_said, rewrite
from .snippets import Passage, snippets
from .texts import matching_text

__all__ = [
    "Passage", "before_change", "follow", "forget_said", "matching_text", "narrow_by_field", "rebuild",
    "refresh", "remember", "remember_said", "rewrite", "snippets", "tagged",
]  # fmt: skip
