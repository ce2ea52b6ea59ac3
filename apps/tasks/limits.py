"""How long and how many: the limits of the bodies of tasks and handovers, for every door."""

from apps.containers.type_document.failover import LONGEST_MESSAGE, LONGEST_TITLE, LONGEST_WAIT

__all__ = ["LONGEST_MESSAGE", "LONGEST_TITLE", "LONGEST_WAIT"]

LONGEST_DESCRIPTION = 100_000
LONGEST_TEXT = 20_000
"""Of a note, a comment to an answer, and the message of an error."""
LONGEST_WORD = 200
"""Of references, keys, tokens and the names of others."""
LONGEST_SLUG = 63
LONGEST_ID = 36
LONGEST_TASK_NAME = 36
LONGEST_VERSION = 4000
LONGEST_FIELD_NAME = 64
LONGEST_FILE_NAME = 8_000
MOST_TAGS, LONGEST_TAG = 50, 100
MOST_IN_BULK = 1000

# Handovers
MOST_ANSWERS = 100
MOST_REMINDERS = 20
MOST_EXCLUDED = 50
MOST_ESCALATIONS = 5
