"""A form that makes something makes it once: sent twice, or by two clicks at one moment, it leads to the same page.

Each such form carries a token of its own (`{% once %}`). What was typed is part of its name: back, a change, sent again
is another call.
"""

import hashlib
from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse

from apps.core.json_types import JsonObject
from apps.tasks import ports

from .people import actor_of
from .responses import SeeOther, is_part

ONCE = "once"
NOT_TYPED = frozenset({ONCE, "csrfmiddlewaretoken", "form_of", "form_id"})
View = Callable[..., HttpResponse]


def once(view: View) -> View:
    """The view, whose redirect after a write answers the same form again. What it refuses it does anew each time."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        token = request.POST.get(ONCE, "")
        if request.method != "POST" or not token or is_part(request):
            return view(request, *args, **kwargs)
        answers: list[HttpResponse] = []

        def work() -> str | None:
            answers.append(view(request, *args, **kwargs))
            return answers[0].headers["Location"] if isinstance(answers[0], SeeOther) else None

        location = ports.once.get()(actor_of(request), token, _posted(request), work)
        return answers[0] if answers else SeeOther(location)

    return wrapped


def _posted(request: HttpRequest) -> JsonObject:
    """The address, what was typed, and which files were chosen."""
    typed = {name: texts for name, texts in request.POST.lists() if name not in NOT_TYPED}
    files = {
        name: [[file.name, file.size, hashlib.file_digest(file, "sha256").hexdigest()] for file in files]
        for name, files in request.FILES.lists()
    }
    for rows in request.FILES.lists():
        for file in rows[1]:
            file.seek(0)
    return {"path": request.get_full_path(), "typed": typed, "files": files}
