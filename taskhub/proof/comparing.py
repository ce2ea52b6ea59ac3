"""Two worlds compared, and the report of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from .asking import Answer, Answers
from .calls import Call


@dataclass(frozen=True)
class Difference:
    """One answer that a hidden thing changed."""

    asker: str
    call: Call
    with_it: Answer
    without: Answer

    def __str__(self) -> str:
        return f"{self.asker}: {self.call}: {self.with_it.difference(self.without)}"


@dataclass(frozen=True)
class Comparison:
    """What was asked, and where the worlds differ or the product broke."""

    urls: int
    askers: int
    answers: int
    differences: tuple[Difference, ...]
    broken: tuple[str, ...]

    def __str__(self) -> str:
        asked = f"{self.urls} URLs × {self.askers} callers, {self.answers} answers"
        return f"{asked}: {len(self.differences)} differences, {len(self.broken)} broken"


def compare(with_it: Answers, without: Answers) -> Comparison:
    """The answers of both worlds, call by call."""
    differences = tuple(
        Difference(*asked, answer, without[asked]) for asked, answer in with_it.items() if answer != without[asked]
    )
    broken = tuple(f"{asker}: {call}: {a.status}" for (asker, call), a in with_it.items() if a.status >= 500)
    urls = {call.route for _, call in with_it}
    askers = {asker for asker, _ in with_it}
    return Comparison(len(urls), len(askers), len(with_it), differences, broken)


def found_in(answers: Answers, markers: Iterable[str], *, except_said: bool = True) -> list[str]:
    """Where a marker stands in an answer, but for answers that only repeat what the caller said."""
    marks = list(markers)
    return [
        f"{asker}: {call}: {mark}"
        for (asker, call), answer in answers.items()
        for mark in marks
        if mark in answer.body and not (except_said and mark in str(call))
    ]
