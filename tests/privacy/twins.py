"""The same asked in a world with hidden things and in one without them."""

from collections.abc import Callable, Iterable

from django.db import transaction

from taskhub.rehearsal.privacy_proof.client import Responses, send_all
from taskhub.rehearsal.privacy_proof.comparison import Comparison, compare, marker_leaks
from taskhub.rehearsal.privacy_proof.requests import Request, all_requests

from . import hiding
from .cast import Cast
from .stillness import Dice

Hide = Callable[[Cast], list[str]]


def twins(
    cast: Cast, dice: Dice, role: str, hide: Hide, *, methods: Iterable[str], most: int, below: str = ""
) -> tuple[Comparison, list[str]]:
    """What differs for the role, and where the marks were found. `most` hidden names of a noun; routes `below`."""
    identity = cast.identity(role)

    def send(requests: list[Request]) -> Responses:
        return send_all([identity], requests, before=dice.again)

    with transaction.atomic():
        names = hiding.names(cast, hide(cast)).narrowed(most)
        requests = [request for request in all_requests(names, methods) if request.route.startswith(below)]
        with_it = send(requests)
        transaction.set_rollback(True)
    return compare(with_it, send(requests)), marker_leaks(with_it, hiding.MARKS)


def report(found: Comparison, marks: list[str]) -> None:
    """Print the figures and fail on any difference."""
    print(found)  # noqa: T201 - the figures are the report
    print(*found.differences[:40], *found.broken[:20], *marks[:20], sep="\n")  # noqa: T201
    assert (len(found.differences), found.broken, marks) == (0, (), [])


def hide_for_all(cast: Cast) -> list[str]:
    """What nobody of the askers may know."""
    hiding.hide_field(cast)
    return hiding.hide_tasks(cast)
