"""Words as search knows them, and what somebody who searches asks for. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

LONGEST_WORD = 60
MOST_LETTERS = 40_000
"""How much of one text is searched."""
MOST_TERMS = 12
SHORTEST_PREFIX = 2
_WORD = re.compile(r"[^\W_]+")
_TERM = re.compile(r'(?P<no>-?)(?:"(?P<phrase>[^"]*)"?|(?P<plain>[^\s"]+))')


@dataclass(frozen=True)
class Term:
    """Words that stand side by side; `begins`: the last of them may go on. `negated`: they must not be there."""

    words: tuple[str, ...]
    begins: bool = False
    negated: bool = False


def fold(text: str) -> str:
    """Without accents and capitals; a NUL, half a surrogate pair and the like read as blanks."""
    plain = text if text.isascii() else unicodedata.normalize("NFKD", text)
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()


def words_of(text: str) -> list[str]:
    """The words of a text, folded, in order."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(fold(text[:MOST_LETTERS]))]


def terms_of(query: str) -> list[list[Term]]:
    """All of which must hold; of each inner list one. `"side by side"`, `-without`, `this or that`.

    What has no word in it is not asked for.
    """
    found: list[list[Term]] = []
    joined = False
    for match in _TERM.finditer(query[:1000]):
        if match["plain"] and match["plain"].casefold() == "or" and found:
            joined = True
            continue
        term = _term(match)
        if term is None:
            continue
        if joined and not (term.negated or found[-1][0].negated):
            found[-1].append(term)
        else:
            found.append([term])
        joined = False
    return found[:MOST_TERMS]


def hits(text: str, terms: Iterable[Term]) -> list[tuple[int, int]]:
    """Where in a text the words of the terms stand: (start, end) of each, in order."""
    wanted = {
        (word, term.begins and index == len(term.words) - 1) for term in terms for index, word in enumerate(term.words)
    }
    exact = {word for word, begins in wanted if not begins}
    beginnings = tuple(word for word, begins in wanted if begins)
    found = ((match, fold(match.group())) for match in _WORD.finditer(text[:MOST_LETTERS]))
    return [match.span() for match, word in found if word in exact or word.startswith(beginnings)]


def _term(match: re.Match[str]) -> Term | None:
    words = tuple(words_of(match["phrase"] or match["plain"] or ""))
    if not words:
        return None
    begins = match["plain"] is not None and len(words[-1]) >= SHORTEST_PREFIX
    return Term(words, begins=begins, negated=match["no"] == "-")
