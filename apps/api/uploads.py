"""Reading one file of a call: the body itself, or the part `file` of a form. Never more than is allowed."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.core.errors import Invalid
from apps.core.json_types import JsonObject
from apps.tasks.services.files import refusal, too_large

from .parsers import is_in_chunks, length_of

FORM = "multipart/form-data"
PART = "file"
CHUNK = 64 * 1024


class Upload:
    """What a call sends: bytes to be read once, the words that describe them, and what they are declared to be.

    A body of any other type than a form is the file, JSON too: it is not parsed. Raises Invalid, TooLarge, Unavailable.
    """

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.words: JsonObject = request.GET.dict()
        self.part: Any = None
        if is_in_chunks(request):  # the web server ends a broken-off one like a whole one
            raise Invalid(_("Send a Content-Length: without it a file that breaks off looks whole."))
        if request.content_type == FORM:
            self.part = part = self._part_of_form()
            self.content_type, self.name = part.content_type or "", part.name or ""
            return
        if length_of(request) > settings.ATTACHMENT_MAX_BYTES:
            raise too_large()
        self.content_type, self.name = request.content_type or "", ""
        if not self.words.get("name"):
            raise Invalid.at("/name", _("Say what the file is called: ?name=."))

    def _part_of_form(self) -> Any:
        form, files = self.request.POST, self.request.FILES
        self.words |= {name: value for name, value in form.items() if name != "csrfmiddlewaretoken"}
        sent = [part for name in files for part in files.getlist(name)]
        if PART not in files:
            raise refusal(getattr(self.request, "files_left_out", "")) or Invalid.at(
                f"/{PART}", _("Send the file as the part “file” of the form.")
            )
        if len(sent) > 1:
            raise Invalid.at(f"/{PART}", _("Send one file at a time."))
        return sent[0]

    def chunks(self) -> Iterator[bytes]:
        """The bytes. Raises Invalid when they break off."""
        return self.part.chunks(CHUNK) if self.part is not None else self._raw()

    def _raw(self) -> Iterator[bytes]:
        while chunk := self._read():
            yield chunk

    def _read(self) -> bytes:
        try:
            chunk: bytes = self.request.read(CHUNK)
        except OSError:
            raise broken_off() from None
        return chunk

    def require_whole(self, size: int) -> None:
        """Raises Invalid if fewer bytes came than were said."""
        if self.part is None and size != length_of(self.request):
            raise broken_off()


def broken_off() -> Invalid:
    """What is said of a file of which only a part came."""
    return Invalid(_("The file broke off: send it again."))
