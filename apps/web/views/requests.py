"""Requests: choose, fill in, review, send, receipt; and the reader's own."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.errors import Invalid, Problem, SchemaViolation
from apps.tasks import queries, services
from apps.tasks.access import all_permissions
from apps.tasks.limits import LONGEST_TITLE
from apps.tasks.models import Task
from apps.web.contexts.pages import (
    RequestFormPage,
    RequestReceiptPage,
    RequestReviewPage,
    RequestsPage,
    SentTask,
)
from apps.web.labels import State
from apps.web.once import ONCE, once
from apps.web.pages import requests as pages
from apps.web.pages.requests import Offer
from apps.web.pages.rows import know_parties, state_of, task_url
from apps.web.pages.task import permissions_on_page
from apps.web.people import actor_of, names_of
from apps.web.problems import place_problems, problems_of
from apps.web.responses import SeeOther
from apps.web.schema_form import Submission, parse_form, present_form, reshaped

SENT = "sent_forms"
MOST_REMEMBERED = 50


@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    """`/requests/`: what the reader may ask for."""
    text = request.GET.get("q", "").strip()
    context: RequestsPage = {"query": text, "types": pages.cards(request, text)}
    return render(request, "requests/list.html", context)


@require_safe
def show_mine(request: HttpRequest) -> HttpResponse:
    """`/requests/mine/`."""
    return render(request, "requests/mine.html", pages.my_requests(request))


@once
@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """The form, its review, and sending it; every step posts everything, so nothing is typed twice."""
    offer = pages.offer_of(request, slug, name)
    if request.method != "POST":
        return _form(request, offer, None, [])
    changed = reshaped(request.POST)
    if changed is not None:
        return _form(request, offer, Submission(posted=changed), [])
    submission = parse_form(pages.form_of(request, offer), request.POST)
    if request.POST.get("step") == "edit":
        return _form(request, offer, submission.with_problems(), [])
    title_problems = _title_problems(request)
    if submission.problems or title_problems:
        return _form(request, offer, submission, title_problems, status=422)
    if request.POST.get("step") == "send":
        return _send(request, offer, submission)
    return _review(request, offer, submission)


def _title(request: HttpRequest) -> str:
    return " ".join(request.POST.get("title", "").split())


def _title_problems(request: HttpRequest) -> list[Problem]:
    if len(_title(request)) <= LONGEST_TITLE:
        return []
    return [Problem("/title", "invalid", _("At most %(n)d characters.") % {"n": LONGEST_TITLE})]


def _form(
    request: HttpRequest, offer: Offer, submission: Submission | None, problems: list[Problem], *, status: int = 200
) -> HttpResponse:
    about_title, others = place_problems(problems, {"title": "request-title"}, {"title": _("In one line")})
    shown = present_form(pages.form_of(request, offer), submission, others)
    context: RequestFormPage = {
        "type": offer.card,
        "values": {"title": request.POST.get("title", "")},
        "form": shown,
        "errors": [*about_title, *shown.errors],
        "form_errors": shown.form_errors,
    }
    return render(request, "requests/form.html", context, status=status)


def _review(request: HttpRequest, offer: Offer, submission: Submission) -> HttpResponse:
    context: RequestReviewPage = {
        "type": offer.card,
        "title": _title(request),
        "answers": pages.review_rows(request, offer, submission),
        "hidden": pages.typed_pairs(request),
        "readers": pages.readers(request, offer),
        "action_url": request.path,
    }
    return render(request, "requests/review.html", context)


def _send(request: HttpRequest, offer: Offer, submission: Submission) -> HttpResponse:
    """Makes the task."""
    body = {"container": offer.container.slug, "type": offer.type.name, "fields": submission.values}
    if _title(request):
        body["title"] = _title(request)
    try:
        task, _made = services.create_task(actor_of(request), body)
    except (Invalid, SchemaViolation) as error:
        problems = problems_of(error)
        return _form(request, offer, submission.with_problems(), problems, status=422)
    name = task.key or str(task.pk)
    _remember(request, request.POST.get(ONCE, ""), name)
    return SeeOther(reverse("web:request_sent", args=[name]))


def _remember(request: HttpRequest, token: str, name: str) -> None:
    """The receipt of each form names what else was sent from it."""
    sent = request.session.get(SENT, {})
    names = sent.pop(token, [])
    if token and name not in names:
        request.session[SENT] = dict([*sent.items(), (token, [*names, name])][-MOST_REMEMBERED:])


@require_safe
def show_receipt(request: HttpRequest, key: str) -> HttpResponse:
    """`/requests/KEY/sent/`: the key, and what happens now."""
    permissions = permissions_on_page(request, key)
    task = permissions.task
    know_parties(names_of(request), task, permissions.handover)
    state = state_of(task, permissions.handover)
    context: RequestReceiptPage = {
        "task": _sent(task, state),
        "next_step": pages.next_step(task),
        "others": _others(request, key),
    }
    return render(request, "requests/receipt.html", context)


def _sent(task: Task, state: State) -> SentTask:
    return {"key": task.key, "title": task.title, "url": task_url(task), "state": state}


def _others(request: HttpRequest, key: str) -> list[SentTask]:
    """What else was sent from the same form, as far as the reader still sees it."""
    sent = request.session.get(SENT, {}).values()
    names = [name for names in sent if key in names for name in names if name != key]
    tasks = queries.tasks_for(actor_of(request)).filter(key__in=names).order_by("created_at")
    return [
        _sent(permissions.task, state_of(permissions.task, permissions.handover))
        for permissions in all_permissions(actor_of(request), tasks)
    ]
