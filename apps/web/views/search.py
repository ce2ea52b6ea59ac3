"""Search: tasks by words that their reader may read, or by key, among those that exist for them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.core.sql.limits import at_most
from apps.tasks import queries
from apps.tasks.access import all_permissions
from apps.tasks.search import matching_text, snippets
from apps.web.contexts.pages import SearchPage
from apps.web.pages.paging import page_of
from apps.web.pages.rows import task_row, task_url
from apps.web.people import actor_of, names_of
from apps.web.responses import SeeOther


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """`/search/?q=`; the key of a task leads straight to it."""
    text, actor, names = request.GET.get("q", "").strip(), actor_of(request), names_of(request)
    exact = queries.tasks_for(actor).current().filter(key=text.upper()).first() if "-" in text else None
    if exact is not None:
        return SeeOther(task_url(exact))
    with at_most():
        results = queries.listed_for(actor).current().filter(matching_text(actor, text)).order_by("-id")
        tasks, page = page_of(results if text else results.none(), request.GET, load=queries.loaded)
    permissions = all_permissions(actor, tasks)
    matches = snippets(actor, permissions, text)
    rows = [task_row(each.task, names, each.handover) for each in permissions]
    for row, each in zip(rows, permissions, strict=True):
        row["snippet"] = matches.get(each.task.pk)
    context: SearchPage = {"query": text, "rows": rows, "page": page}
    return render(request, "search/list.html", context)
