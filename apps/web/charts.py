"""Small charts as plain numbers, which templates draw, with the same numbers as words."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, GAP = 8, 24, 2


@dataclass(frozen=True)
class Bar:
    """One bar, from its upper left corner; `is_empty`: it stands for none."""

    x: int
    y: int
    width: int
    height: int
    is_empty: bool


@dataclass(frozen=True)
class Bars:
    """A row of bars, the highest as high as the picture."""

    width: int
    height: int
    bars: tuple[Bar, ...]
    words: str


def bars(numbers: Sequence[int], words: str) -> Bars:
    """One bar for each number."""
    most = max([*numbers, 1])
    drawn = []
    for index, number in enumerate(numbers):
        height = max(3, round(HEIGHT * number / most)) if number else 1
        drawn.append(Bar(index * (WIDTH + GAP), HEIGHT - height, WIDTH, height, not number))
    return Bars(len(numbers) * (WIDTH + GAP) - GAP, HEIGHT, tuple(drawn), words)


@dataclass(frozen=True)
class Part:
    """A part of a meter: its label, its number, its tone (a CSS class), and where it begins."""

    label: str
    number: int
    tone: str
    start: int


@dataclass(frozen=True)
class Meter:
    """A bar whose parts add up to the whole."""

    whole: int
    label: str
    parts: tuple[Part, ...]

    @property
    def words(self) -> str:
        """The parts in words; those that are not there are left out."""
        return ", ".join(f"{part.label}: {part.number}" for part in self.parts if part.number)


def meter(whole: int, label: str, parts: Sequence[tuple[str, int, str]]) -> Meter:
    """Parts (label, number, tone) one after the other."""
    drawn, start = [], 0
    for name, number, tone in parts:
        drawn.append(Part(name, number, tone, start))
        start += number
    return Meter(whole, label, tuple(drawn))
