"""Names that addresses of pages have for themselves; a test derives them from the table of URLs."""

RESERVED_SLUGS = frozenset({"new"})
RESERVED_TYPES = frozenset({"sent"})
