"""The words of texts and of search queries. Pure.

Chinese, Japanese, Thai, Lao, Khmer and Burmese write no blanks between words: each two letters that stand side by
side are a word there, and so is the last letter, so that any piece of such a text is found.
"""

import re
import unicodedata
from collections.abc import Iterable, Set
from dataclasses import dataclass

LONGEST_WORD = 60
MOST_LETTERS = 40_000
"""How much of one text is searched."""
MOST_TERMS = 12
SHORTEST_PREFIX = 2
_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_MARKS = "".join(re.escape(chr(code)) for code in range(0x300, 0x3100) if unicodedata.category(chr(code))[0] == "M")
_FOLDED_RUN = re.compile(rf"(?:(?![\W_])[{_SPACELESS}])+|[^\W_{_SPACELESS}]+")
_WRITTEN_RUN = re.compile(rf"[{_SPACELESS}]+|(?:[^\W_{_SPACELESS}]|[{_MARKS}])+")
_IS_SPACELESS = re.compile(rf"[{_SPACELESS}]")
_TERM = re.compile(r'(?P<no>-?)(?:"(?P<phrase>[^"]*)"?|(?P<plain>[^\s"]+))')


@dataclass(frozen=True)
class Term:
    """Words that stand side by side; `begins`: the last of them may go on. `negated`: they must not be there."""

    words: tuple[str, ...]
    begins: bool = False
    negated: bool = False


def fold(text: str) -> str:
    """Without accents, vowel signs and capitals."""
    if text.isascii():
        return text.casefold()
    plain = unicodedata.normalize("NFKD", text)
    return "".join(char for char in plain if unicodedata.category(char)[0] != "M").casefold()


def words_of(text: str) -> list[str]:
    """The words of a text, folded, in order."""
    runs = _FOLDED_RUN.findall(fold(text[:MOST_LETTERS]))
    if text.isascii():
        return [run[:LONGEST_WORD] for run in runs]
    return [word for run in runs for word in (_pairs(run) if _IS_SPACELESS.match(run) else [run[:LONGEST_WORD]])]


def terms_of(query: str) -> list[list[Term]]:
    """All of which must hold; of each inner list one. `"side by side"`, `-without`, `this or that`.

    What has no word in it is not asked for.
    """
    result: list[list[Term]] = []
    joined = False
    for match in _TERM.finditer(query[:1000]):
        if match["plain"] and match["plain"].casefold() == "or" and result:
            joined = True
            continue
        term = _term(match)
        if term is None:
            continue
        if joined and not (term.negated or result[-1][0].negated):
            result[-1].append(term)
        else:
            result.append([term])
        joined = False
    return result[:MOST_TERMS]


def hits(text: str, terms: Iterable[Term]) -> list[tuple[int, int]]:
    """Where in a text the words of the terms stand: (start, end) of each, in order, none overlapping."""
    wanted = {
        (word, term.begins and index == len(term.words) - 1) for term in terms for index, word in enumerate(term.words)
    }
    exact = {word for word, begins in wanted if not begins}
    beginnings = tuple(word for word, begins in wanted if begins)
    spans: list[tuple[int, int]] = []
    for match in _WRITTEN_RUN.finditer(text[:MOST_LETTERS]):
        if _IS_SPACELESS.match(match.group()):
            spans += _spans_of_pairs(match, exact, beginnings)
        elif (word := fold(match.group())) in exact or word.startswith(beginnings):
            spans.append(match.span())
    return spans


def _spans_of_pairs(run: re.Match[str], exact: Set[str], beginnings: tuple[str, ...]) -> list[tuple[int, int]]:
    """The same within letters without blanks: each letter is folded alone, so that its place stays known."""
    letters = [(place, char) for place, raw in enumerate(run.group(), run.start()) for char in fold(raw)]
    spans: list[tuple[int, int]] = []
    for (start, first), (end, second) in zip(letters, [*letters[1:], (run.end() - 1, "")], strict=True):
        pair = first + second
        if pair not in exact and not pair.startswith(beginnings):
            continue
        stop = end + 1 if pair in exact else start + 1
        overlaps = spans and start < spans[-1][1]
        spans.append((spans.pop()[0] if overlaps else start, stop))
    return spans


def _pairs(run: str) -> list[str]:
    """Each two letters side by side, and the last letter."""
    return [run[index : index + 2] for index in range(len(run))]


def _term(match: re.Match[str]) -> Term | None:
    text = match["phrase"] or match["plain"] or ""
    words = words_of(text)
    if not words:
        return None
    begins = match["plain"] is not None and len(words[-1]) >= SHORTEST_PREFIX
    if _IS_SPACELESS.match(words[-1]):  # the text may go on after the last letter that is asked for
        begins = len(words) == 1 or not words[-2].endswith(words[-1])
        words = words if begins else words[:-1]
    return Term(tuple(words), begins=begins, negated=match["no"] == "-")
