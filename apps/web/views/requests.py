"""Requests: choose, fill in, review, send, receipt; and the reader's own."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.errors import Invalid, Problem, SchemaViolation
from apps.core.ids import uuid7
from apps.tasks import services
from apps.web.answers import SeeOther
from apps.web.pages import requests as pages
from apps.web.pages.requests import Offer
from apps.web.pages.rows import know_parties, state_of, task_url
from apps.web.pages.task import standing_at
from apps.web.people import actor_of, names_of
from apps.web.schema_form import Answer, parse_form, reshaped, show_form

LONGEST_TITLE = 300
SENT = "sent_requests"
MOST_REMEMBERED = 50


@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    """`/requests/`: what the reader may ask for."""
    text = request.GET.get("q", "").strip()
    return render(request, "requests/list.html", {"query": text, "types": pages.cards(request, text)})


@require_safe
def show_mine(request: HttpRequest) -> HttpResponse:
    """`/requests/mine/`."""
    return render(request, "requests/mine.html", pages.my_requests(request))


@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """The form, its review, and sending it; every step posts everything, so nothing is typed twice."""
    offer = pages.offer_of(request, slug, name)
    if request.method != "POST":
        return _form(request, offer, None, [])
    changed = reshaped(request.POST)
    if changed is not None:
        return _form(request, offer, Answer(typed=changed), [])
    answer = parse_form(pages.form_of(request, offer), request.POST)
    if request.POST.get("step") == "edit":
        return _form(request, offer, Answer(answer.values, (), (), answer.typed, answer.rows), [])
    title_problems = _title_problems(request)
    if answer.problems or title_problems:
        return _form(request, offer, answer, title_problems, status=422)
    if request.POST.get("step") == "send":
        return _send(request, offer, answer)
    return _review(request, offer, answer)


def _title(request: HttpRequest) -> str:
    return " ".join(request.POST.get("title", "").split())


def _title_problems(request: HttpRequest) -> list[Problem]:
    if len(_title(request)) <= LONGEST_TITLE:
        return []
    return [Problem("/title", "invalid", _("At most %(n)d characters.") % {"n": LONGEST_TITLE})]


def _form(
    request: HttpRequest, offer: Offer, answer: Answer | None, problems: list[Problem], *, status: int = 200
) -> HttpResponse:
    about_title = [problem for problem in problems if problem.pointer == "/title"]
    shown = show_form(pages.form_of(request, offer), answer, [p for p in problems if p not in about_title])
    errors: list[Any] = [
        {"target": "request-title", "label": _("In one line"), "message": p.detail} for p in about_title
    ]
    context = {
        "type": offer.words,
        "with_title": True,
        "values": {"title": request.POST.get("title", "")},
        "form": shown,
        "hidden": [("once", request.POST.get("once") or str(uuid7()))],
        "errors": errors + shown.errors,
        "form_errors": shown.form_errors,
    }
    return render(request, "requests/form.html", context, status=status)


def _review(request: HttpRequest, offer: Offer, answer: Answer) -> HttpResponse:
    context = {
        "type": offer.words,
        "title": _title(request),
        "answers": pages.review_rows(request, offer, answer),
        "hidden": pages.typed_pairs(request),
        "readers": pages.readers(request, offer),
        "action_url": request.path,
    }
    return render(request, "requests/review.html", context)


def _send(request: HttpRequest, offer: Offer, answer: Answer) -> HttpResponse:
    """Makes the task; the same form sent twice makes one."""
    once, sent = request.POST.get("once", ""), request.session.get(SENT, {})
    if once in sent:
        return SeeOther(reverse("web:request_sent", args=[sent[once]]))
    body = {"container": offer.container.slug, "type": offer.type.name, "fields": answer.values}
    if _title(request):
        body["title"] = _title(request)
    try:
        task, _made = services.create_task(actor_of(request), body)
    except (Invalid, SchemaViolation) as error:
        problems = error.errors or [Problem("", error.code, error.detail)]
        return _form(request, offer, Answer(answer.values, (), (), answer.typed, answer.rows), problems, status=422)
    name = task.key or str(task.pk)
    if once:
        request.session[SENT] = dict([*sent.items(), (once, name)][-MOST_REMEMBERED:])
    return SeeOther(reverse("web:request_sent", args=[name]))


@require_safe
def show_receipt(request: HttpRequest, key: str) -> HttpResponse:
    """`/requests/KEY/sent/`: the key, and what happens now."""
    standing = standing_at(request, key)
    task = standing.task
    know_parties(names_of(request), task, standing.handover)
    shown = {"key": task.key, "title": task.title, "url": task_url(task), "state": state_of(task, standing.handover)}
    return render(request, "requests/receipt.html", {"task": shown, "next_words": pages.next_words(task)})
