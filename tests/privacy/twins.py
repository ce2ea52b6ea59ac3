"""The same asked in a world with hidden things and in one without them."""

from collections.abc import Callable, Iterable

from django.db import transaction

from taskhub.proof.asking import Answers, ask_all
from taskhub.proof.calls import Call, all_calls
from taskhub.proof.comparing import Comparison, compare, found_in

from . import hiding
from .cast import Cast
from .stillness import Dice

Hide = Callable[[Cast], list[str]]


def twins(
    cast: Cast, dice: Dice, role: str, hide: Hide, *, methods: Iterable[str], most: int, below: str = ""
) -> tuple[Comparison, list[str]]:
    """What differs for the role, and where the marks were found. `most` hidden names of a noun; routes `below`."""
    asker = cast.asker(role)

    def ask(calls: list[Call]) -> Answers:
        return ask_all([asker], calls, before=dice.again)

    with transaction.atomic():
        names = hiding.names(cast, hide(cast)).narrowed(most)
        calls = [call for call in all_calls(names, methods) if call.route.startswith(below)]
        with_it = ask(calls)
        transaction.set_rollback(True)
    return compare(with_it, ask(calls)), found_in(with_it, hiding.MARKS)


def report(found: Comparison, marks: list[str]) -> None:
    """Print the figures and fail on any difference."""
    print(found)  # noqa: T201 - the figures are the report
    print(*found.differences[:40], *found.broken[:20], *marks[:20], sep="\n")  # noqa: T201
    assert (len(found.differences), found.broken, marks) == (0, (), [])


def hide_for_all(cast: Cast) -> list[str]:
    """What nobody of the askers may know."""
    hiding.hide_field(cast)
    return hiding.hide_tasks(cast)
