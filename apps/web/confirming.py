"""What cannot be undone asks once more: the page between a button and its effect."""

from dataclasses import asdict, dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@dataclass(frozen=True)
class Question:
    """The words of a confirmation, apart from where it stands."""

    title: str
    button: str
    consequences: tuple[str, ...] = ()
    danger: bool = False
    note_label: str = ""
    hidden: tuple[tuple[str, str], ...] = ()
    """Names and values that the second click sends again."""


def is_confirmed(request: HttpRequest) -> bool:
    """Whether the second click came."""
    return request.POST.get("confirm") == "yes"


def ask(request: HttpRequest, question: Question, *, back: str) -> HttpResponse:
    """The page that asks once more; its button posts to the same address."""
    confirm = {**asdict(question), "action": request.path, "back": back}
    return render(request, "confirm.html", {"confirm": confirm})
