"""Search: tasks by words that their reader may read, or by key, among those that exist for them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.tasks import queries
from apps.tasks.rendering import standings
from apps.tasks.search import matching_text, snippets
from apps.web.answers import SeeOther
from apps.web.pages.paging import page_of
from apps.web.pages.rows import task_row, task_url
from apps.web.people import actor_of, names_of


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """`/search/?q=`; the key of a task leads straight to it."""
    text, actor, names = request.GET.get("q", "").strip(), actor_of(request), names_of(request)
    found = queries.tasks_for(actor).current().filter(matching_text(actor, text)).order_by("-id")
    exact = queries.tasks_for(actor).current().filter(key=text.upper()).first() if "-" in text else None
    if exact is not None:
        return SeeOther(task_url(exact))
    tasks, page = page_of(found if text else found.none(), request.GET, load=queries.loaded)
    found_here = standings(actor, tasks)
    said = snippets(actor, found_here, text)
    rows = [
        {**task_row(standing.task, names, standing.handover), "passage": said.get(standing.task.pk)}
        for standing in found_here
    ]
    return render(request, "search/list.html", {"query": text, "rows": rows, "page": page})
