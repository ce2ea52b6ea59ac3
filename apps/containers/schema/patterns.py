"""Which patterns are taken: those that the linear engine compiles and that no other engine can hang on.

Here every pattern runs in linear time. But the same schema is read by clients whose engines backtrack, and
there `^(a+)+$` runs for ever. Such a pattern is *exponentially ambiguous*: a repeated part can match one
text in two ways. That is decided here exactly as theory does it: the repeated part becomes an automaton
over its characters (Glushkov), and it is ambiguous if two different walks lead from one of its places back
to it over the same text, which shows in the product of the automaton with itself. `^[a-z]+(-[a-z]+)*$` is
fine: the hyphen tells the repetitions apart.
"""

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product

from django.utils.translation import gettext as _

from . import engine

LONGEST = 1000
# Places in one repeated part, and repetitions from which a count is as bad as "for ever".
MOST_PLACES = 120
MOST_STEPS = 100_000
MANY = 4

# Characters that tell classes apart well enough: ASCII, and one of each kind beyond.
SAMPLES = [chr(code) for code in range(128)] + list("éßĀЖ中あ\u0301٣²€—\u00a0\u2028😀")


def why_refused(pattern: str) -> str | None:
    """Why the pattern cannot be taken, or None if it can."""
    if len(pattern) > LONGEST:
        return _("The pattern is longer than %s characters.") % LONGEST
    try:
        engine.compile_pattern(pattern)
    except engine.DoesNotCompile:
        return _("The pattern does not compile. Look-around and back references are not supported.")
    try:
        ambiguous = _Reader(pattern).is_ambiguous()
    except _TooComplex:
        return _("A repeated part of the pattern is too complicated.")
    return _("The pattern can run for ever: a repeated part matches one text in many ways.") if ambiguous else None


class _TooComplex(Exception):
    """More places in a repeated part than are looked at."""


@dataclass
class _Part:
    """A piece of the pattern as an automaton: where it can start and end, and whether it can be empty."""

    first: frozenset[int] = frozenset()
    last: frozenset[int] = frozenset()
    nullable: bool = True
    loops: bool = False
    follow: Counter[tuple[int, int]] = field(default_factory=Counter)


class _Reader:
    """Reads a pattern that is known to compile; collects whether any repeated part is ambiguous."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.masks: list[int] = []  # for each place, which samples it matches
        self.ambiguous = False

    def is_ambiguous(self) -> bool:
        self._alternatives()
        return self.ambiguous

    def _peek(self, *texts: str) -> bool:
        return any(self.pattern.startswith(text, self.at) for text in texts)

    def _alternatives(self) -> _Part:
        part = self._sequence()
        while self._peek("|"):
            self.at += 1
            part = _either(part, self._sequence())
        return part

    def _sequence(self) -> _Part:
        part = _Part()
        while self.at < len(self.pattern) and not self._peek("|", ")"):
            part = _then(part, self._repeated())
        return part

    def _repeated(self) -> _Part:
        start, places = self.at, len(self.masks)
        part = self._one()
        end = self.at
        while (bounds := self._bounds()) is not None:
            part = self._repeat(part, *bounds, start, end, places)
        return part

    def _repeat(self, part: _Part, least: int, most: int | None, start: int, end: int, places: int) -> _Part:
        """`part` (read from start to end, its places from `places` on) repeated least to most times."""
        if most is None or (most >= MANY and part.loops):
            looped = self._loop(part, places)
            return looped if least else _either(_Part(), looped)
        if most == 0:
            return _Part()
        copies = [part] + [self._again(start, end) for _ in range(1, min(least, 2) + (most > max(least, 1)))]
        result = _Part()
        for number, copy in enumerate(copies):
            result = _then(result, copy if number < least else _either(_Part(), copy))
        return result

    def _again(self, start: int, end: int) -> _Part:
        """The text between start and end read once more, with new places."""
        rest, self.at = self.at, start
        part = self._one()
        self.at = rest
        return part

    def _loop(self, part: _Part, places: int) -> _Part:
        if len(self.masks) - places > MOST_PLACES:
            raise _TooComplex
        follow = part.follow.copy()
        follow.update((here, there) for here in part.last for there in part.first)
        self.ambiguous = self.ambiguous or _is_ambiguous(follow, self.masks)
        once = Counter(dict.fromkeys(follow, 1))
        return _Part(part.first, part.last, part.nullable, loops=True, follow=once)

    def _one(self) -> _Part:
        if self._peek("("):
            return self._group()
        start = self.at
        if self._peek("["):
            self._skip_class()
        elif self._peek("\\"):
            self._skip_escape()
        else:
            self.at += 1
        text = self.pattern[start : self.at]
        if text in ("^", "$", r"\b", r"\B"):
            return _Part()
        self.masks.append(_mask(text))
        if len(self.masks) > 2 * LONGEST:
            raise _TooComplex
        place = frozenset([len(self.masks) - 1])
        return _Part(place, place, nullable=False)

    def _group(self) -> _Part:
        self.at += 1
        if self._peek("?"):  # (?:, (?i:, (?<name>, (?P<name>, (?i)
            while not self._peek(":", ">", ")"):
                self.at += 1
            if self._peek(")"):
                self.at += 1
                return _Part()
            self.at += 1
        part = self._alternatives()
        self.at += 1
        return part

    def _skip_class(self) -> None:
        """Past a class in brackets; classes nest in the engine's syntax."""
        depth = 0
        while True:
            if self._peek("\\"):
                self.at += 1
            elif self._peek("["):
                depth += 1
                self.at += 2 if self._peek("[^]", "[]") else 0
                self.at += 1 if self._peek("^]") else 0
            elif self._peek("]"):
                depth -= 1
            self.at += 1
            if depth == 0 or self.at >= len(self.pattern):
                return

    def _skip_escape(self) -> None:
        kind = self.pattern[self.at + 1]
        braced = self.pattern[self.at + 2 : self.at + 3] == "{"
        if kind in "pPux" and braced:
            self.at = self.pattern.index("}", self.at) + 1
        else:
            self.at += {"x": 4, "u": 6, "U": 10, "c": 3, "p": 3, "P": 3}.get(kind, 2)

    def _bounds(self) -> tuple[int, int | None] | None:
        """A quantifier here, as least and most; None if there is none."""
        simple = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(self.pattern[self.at : self.at + 1])
        if simple is None and self._peek("{"):
            end = self.pattern.index("}", self.at)
            least, comma, most = self.pattern[self.at + 1 : end].replace(" ", "").partition(",")
            simple = (int(least or 0), (int(most) if most else None) if comma else int(least))
            self.at = end
        if simple is None:
            return None
        self.at += 1
        if self._peek("?"):  # lazy: the same language
            self.at += 1
        return simple


def _then(one: _Part, other: _Part) -> _Part:
    follow = one.follow
    follow.update(other.follow)
    follow.update((here, there) for here in one.last for there in other.first)
    return _Part(
        one.first | other.first if one.nullable else one.first,
        one.last | other.last if other.nullable else other.last,
        one.nullable and other.nullable,
        one.loops or other.loops,
        follow,
    )


def _either(one: _Part, other: _Part) -> _Part:
    follow = one.follow
    follow.update(other.follow)
    return _Part(
        one.first | other.first,
        one.last | other.last,
        one.nullable or other.nullable,
        one.loops or other.loops,
        follow,
    )


@lru_cache(maxsize=1000)
def _mask(atom: str) -> int:
    """Which of the samples an atom matches, as bits; all of them if that cannot be known."""
    try:
        validator, _heavy = engine.compile_pattern(f"^(?:{atom})$")
    except engine.DoesNotCompile:
        return -1
    return sum(1 << bit for bit, sample in enumerate(SAMPLES) if validator.is_valid(sample))


def _is_ambiguous(follow: Counter[tuple[int, int]], masks: list[int]) -> bool:
    """Whether two walkers over a looped automaton can part, read the same text, and meet again.

    Where they set out does not matter: in a loop each place leads to every other, and two who walk together
    can go on together to wherever they like.
    """
    if any(count > 1 for count in follow.values()):
        return True
    successors: dict[int, list[int]] = {}
    for here, there in follow:
        successors.setdefault(here, []).append(there)
    seen: set[tuple[int, int]] = set()
    waiting = [(place, place) for place in successors]
    steps = 0
    while waiting:
        one, other = waiting.pop()
        for pair in product(successors.get(one, ()), successors.get(other, ())):
            steps += 1
            if steps > MOST_STEPS:
                raise _TooComplex
            if pair in seen or not masks[pair[0]] & masks[pair[1]]:
                continue
            if pair[0] != pair[1]:
                seen.add(pair)
                waiting.append(pair)
            elif one != other:
                return True
    return False
