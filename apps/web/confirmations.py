"""The page that asks once more before something that cannot be undone."""

from dataclasses import dataclass, replace
from typing import TypedDict

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@dataclass(frozen=True)
class Confirmation:
    """The words of a confirmation, apart from its place."""

    title: str
    button: str
    consequences: tuple[str, ...] = ()
    danger: bool = False
    note_label: str = ""
    hidden: tuple[tuple[str, str], ...] = ()
    """Names and values that the second click sends again."""


class ConfirmPage(TypedDict):
    """The page of a confirmation; its button posts to `action`."""

    confirm: Confirmation
    action: str
    back: str


def is_confirmed(request: HttpRequest) -> bool:
    """Whether the second click came."""
    return request.POST.get("confirm") == "yes"


def show(request: HttpRequest, question: Confirmation, *, back: str) -> HttpResponse:
    """The page that asks once more; its button posts to the same address."""
    if form_id := request.POST.get("form_id"):  # what the script stored of the form is of both clicks
        question = replace(question, hidden=(*question.hidden, ("form_id", form_id)))
    context: ConfirmPage = {"confirm": question, "action": request.path, "back": back}
    return render(request, "confirm.html", context)
