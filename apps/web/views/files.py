"""Files of tasks in pages: taken from forms, downloaded, removed."""

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import media
from apps.core.sql.connections import release_connection
from apps.tasks import access, queries, services
from apps.tasks.models import Attachment
from apps.tasks.services import files
from apps.web import confirmations
from apps.web.confirmations import Confirmation
from apps.web.people import actor_of
from apps.web.responses import SeeOther


def attach_posted(request: HttpRequest, name: str, *, kind: str) -> list[Attachment]:
    """Attaches the files of a form (`file`). Raises what `attach` raises, and what is wrong with the files."""
    refused = files.refusal(getattr(request, "files_left_out", ""))
    if refused:
        raise refused
    attached = []
    for sent in request.FILES.getlist("file"):
        access.require_attacher(actor_of(request), name, kind)
        with services.receive(sent.chunks(), name=sent.name or "", content_type=sent.content_type or "") as received:
            attached.append(services.attach(actor_of(request), name, received, kind=kind))
    return attached


@require_safe
def download(request: HttpRequest, id: str) -> HttpResponseBase:
    """`/files/ID/`: the bytes, never shown by the browser itself."""
    attachment = queries.get_attachment(actor_of(request), id)
    file = queries.open_attachment(attachment)
    release_connection()
    return FileResponse(
        file,
        as_attachment=True,
        filename=attachment.name,
        content_type=attachment.content_type,
        headers=media.DOWNLOAD_HEADERS,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, id: str) -> HttpResponse:
    """Delete a file for good, after asking once more."""
    attachment = queries.get_attachment(actor_of(request), id)
    back = reverse("web:task", args=[attachment.task_id])
    if request.method != "POST":
        return SeeOther(back)
    if not confirmations.is_confirmed(request):
        question = Confirmation(
            title=_("Remove %(name)s?") % {"name": attachment.name},
            button=_("Remove the file"),
            consequences=(
                _("It is deleted for good."),
                _("The history still says that it was there, and who removed it."),
            ),
            danger=True,
        )
        return confirmations.show(request, question, back=back)
    services.remove_attachment(actor_of(request), id)
    messages.success(request, _("Removed."))
    return SeeOther(back)
