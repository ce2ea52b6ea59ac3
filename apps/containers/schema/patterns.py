"""Which patterns are accepted: those that the linear engine compiles to a small automaton.

The engine runs every pattern in time proportional to states × length of the text, whatever the pattern is. Both are
bounded here: a pattern has at most `PATTERN_STATES` states once its counted repetitions are multiplied out, and it is
only run on texts short enough for it. Nothing else in TaskHub runs a published pattern, Python's `re` least of all.
"""

import copy

from django.utils.translation import gettext as _

from apps.core.budgets import PATTERN_CHARACTERS, PATTERN_STATES, PATTERN_STEPS
from apps.core.patterns import TOKEN, states_of

from . import engine
from .walk import Schema, subschemas


def why_refused(pattern: str) -> str | None:
    """Why the pattern cannot be accepted, or None if it can."""
    if len(pattern) > PATTERN_CHARACTERS:
        return _("The pattern is longer than %s characters.") % PATTERN_CHARACTERS
    try:
        engine.check_pattern(pattern)
    except engine.DoesNotCompile:
        return _("The pattern does not compile. Look-around and back references are not supported.")
    if any(token["verbose"] for token in TOKEN.finditer(pattern)):
        return _("The flag “x” is not supported in patterns.")
    if states_of(pattern) > PATTERN_STATES:
        detail = _("The pattern has more than %s states with its repetitions multiplied out: limit the length instead.")
        return detail % PATTERN_STATES
    return None


def with_capped_texts(schema: Schema) -> Schema:
    """The schema with each `pattern` behind a check of the text's length, so that it never runs on a long one."""
    result = copy.deepcopy(schema)
    for _pointer, here in list(subschemas(result)):
        if isinstance(here, dict) and "pattern" in here:
            pattern = here.pop("pattern")
            limit = {"maxLength": PATTERN_STEPS // max(states_of(pattern), 1)}
            here["allOf"] = [*here.get("allOf", ()), {"if": limit, "then": {"pattern": pattern}, "else": limit}]
    return result
