"""Files that come with a form's fields: attached to the task, their ids take the place of the chosen values."""

from collections.abc import Collection

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.core.errors import Problem, TaskHubError
from apps.tasks import services
from apps.tasks.access import TaskPermissions
from apps.tasks.services import files
from apps.web.people import actor_of

SUFFIX = ".upload"
PREFIX = "fields."


def take_uploads(request: HttpRequest, permissions: TaskPermissions, names: Collection[str]) -> list[Problem]:
    """Attaches the files that came with fields of these names; the rest of the form reads as if they had been chosen.

    They stay attached if the form has errors. Returns the problems of files.
    """
    refused = files.refusal(getattr(request, "files_left_out", ""))
    problems = [Problem("", refused.code, refused.detail)] if refused else []
    posted = request.POST.copy()
    for part in request.FILES:
        sent = request.FILES.getlist(part)[-1]
        path = part.removesuffix(SUFFIX)
        name = path.removeprefix(PREFIX).partition(".")[0]
        field = permissions.spec.fields.get(name)
        if path == part or field is None or name not in names or not isinstance(sent, UploadedFile):
            continue
        of = None if "everyone" in permissions.spec.readers(name) else name  # no wider than the field
        try:
            with services.receive(sent.chunks(), name=sent.name or "", content_type=sent.content_type or "") as got:
                posted[path] = str(services.attach(actor_of(request), str(permissions.task.pk), got, field=of).pk)
        except TaskHubError as error:
            problems.append(Problem(f"/fields/{name}", error.code, error.detail or _("The file was not taken.")))
    request.POST = posted  # type: ignore[assignment]
    return problems
