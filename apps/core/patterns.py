"""How large the automaton of a regular expression is, read from its text. Linear engines cost states × length."""

import re

# The common syntax of linear engines, token by token. Classes do not nest: they end at the first bracket that is not
# escaped.
TOKEN = re.compile(
    r"""
    (?P<verbose> \(\? [a-zA-Z]* x )
    | (?P<edge> \(\? [a-zA-Z-]+ \) | \\[bB] | [\^$] )
    | (?P<open> \( (?: \?P?<[^>]*> | \?[a-zA-Z-]*: )? )
    | (?P<close> \) )
    | (?P<count> \{ \s* (?P<least>\d+) \s* (?: , \s* (?P<most>\d*) \s* )? \} )
    | (?P<again> [*+?] )
    | (?P<state> \\[pPux]\{[^}]*\} | \\. | \[ \^? \]? (?: \\. | [^\]\\] )* \] | . )
    """,
    re.VERBOSE | re.DOTALL,
)
UNICODE_CLASS = re.compile(r"\\[pP]|\(\?[a-z]*i")
BYTE_STATES = 50
"""So many states of bytes a class of Unicode characters has, about."""


def states_of(pattern: str) -> int:
    """How many states the automaton of a pattern that compiles has, with counted repetitions multiplied out."""
    groups = [0]  # the states of each open group
    piece = 0  # the states of the piece that a count would repeat; its group has them already
    for token in TOKEN.finditer(pattern):
        match token.lastgroup:
            case "open":
                groups.append(0)
            case "close":
                piece = groups.pop()
                groups[-1] += piece
            case "count":
                times = max(int(token["most"] or token["least"]), 1)
                groups[-1] += piece * (times - 1)
                piece *= times
            case "state":
                piece = 1
                groups[-1] += 1
            case "edge":
                piece = 0
    return groups[0]


def byte_states_of(pattern: str) -> int:
    """The same for an engine that works on bytes: a character class may be many states there."""
    wide = BYTE_STATES if UNICODE_CLASS.search(pattern) else 1
    return states_of(pattern) * wide
