"""The inbox and its actions."""

from collections import Counter

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_POST, require_safe

from apps.core.errors import NotFound, TaskHubError
from apps.tasks import services
from apps.tasks.models import Handover
from apps.web.contexts.pages import ChangesPart, InboxPage
from apps.web.pages.inbox import change_count, inbox_page
from apps.web.pages.rows import task_url
from apps.web.people import actor_of
from apps.web.responses import SeeOther, is_part

MOST_PICKED = 100


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The open tab; with htmx its list alone."""
    template = "inbox/_list.html" if is_part(request) else "inbox/list.html"
    context: InboxPage = {"inbox": inbox_page(request)}
    return render(request, template, context)


@require_safe
@cache_control(private=True, no_cache=True)
@conditional_page
def changes(request: HttpRequest) -> HttpResponse:
    """What the poll gets: how much has changed, or 304."""
    tab = request.GET.get("tab", "")
    url = reverse("web:inbox") + (f"?tab={tab}" if tab.isalpha() and tab != "waiting" else "")
    context: ChangesPart = {"changes": change_count(request), "url": url}
    return render(request, "inbox/_changes.html", context)


@require_POST
def take_next(request: HttpRequest) -> HttpResponse:
    """Claim the most urgent one of a team, and go to it."""
    try:
        handover = services.take_next(actor_of(request), team=request.POST.get("team") or None)
    except NotFound:
        handover = None
    if handover is None:
        messages.info(request, _("Nothing waits for your team."))
        return SeeOther(reverse("web:inbox") + "?tab=teams")
    return SeeOther(task_url(handover.task))


@require_POST
def answer(request: HttpRequest) -> HttpResponse:
    """Answer all that were picked with the same action: each for itself; the refused ones are counted by reason."""
    picked = list(dict.fromkeys(request.POST.getlist("handover")))[:MOST_PICKED]
    action = request.POST.get("action", "")
    if not picked:
        messages.info(request, _("Pick what you want to answer first."))
    done = services.submit_handovers(actor_of(request), [{"handover": id, "action": action} for id in picked])
    sent = [result for result in done if isinstance(result, Handover)]
    if sent:
        words = ngettext("%(n)d answer is sent.", "%(n)d answers are sent.", len(sent)) % {"n": len(sent)}
        messages.success(request, words)
    for why, count in Counter(result.detail for result in done if isinstance(result, TaskHubError)).items():
        words = ngettext("%(n)d was not sent: %(why)s", "%(n)d were not sent: %(why)s", count)
        messages.error(request, words % {"n": count, "why": why})
    return SeeOther(reverse("web:inbox") + ("?tab=teams" if request.POST.get("tab") == "teams" else ""))
