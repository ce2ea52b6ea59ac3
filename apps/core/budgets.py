"""What a request may cost: every limit on work that strangers can ask for. A test beside each measures the CPU.

Sizes are in bytes or entries, costs in nanoseconds of CPU on a slow machine. Limits that describe one kind of object
(how long a title is) stand with that object.
"""

# --- Bodies (strict_json, egress) -------------------------------------------------------------------------

BODY_BYTES = 1_048_576
BODY_DEPTH = 32
LARGEST_NUMBER = 2**53 - 1
"""Of integers and floats alike: every reader of JSON reads the same value."""
PROBLEMS_LISTED = 100
"""How many problems one answer lists."""

# --- Expressions (conditions) -----------------------------------------------------------------------------

EXPRESSION_CHARACTERS = 2000
EXPRESSION_NANOSECONDS = 20_000_000
"""What one evaluation may be expected to cost: 20 ms."""
PAGE_SECONDS = 0.020
"""CPU for all conditions of one page together."""
EXPRESSION_PATTERN_STATES = 200
"""States of all literal patterns of one expression."""
EXPRESSION_RESULT_NODES = 3_000
EXPRESSION_RESULT_CHARACTERS = 1_048_576

# --- Patterns of schemas (containers/schema) --------------------------------------------------------------

PATTERN_CHARACTERS = 1000
PATTERN_STATES = 500
PATTERN_STEPS = 500_000
"""States × characters of one text: some 50 ms where the engine is slowest (Unicode classes)."""

# --- Waiting calls (wakeups) ------------------------------------------------------------------------------

SEATS_OF_THREADS = 2
"""One of so many threads of a process may wait."""
SEATS_OF_SEATS = 2
"""One application takes at most one of so many of these seats, and one in any case."""
