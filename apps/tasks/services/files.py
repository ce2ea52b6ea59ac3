"""Bytes of files: on the disk before anything names them, deleted after nothing does (see `StoredFile`)."""

import contextlib
import hashlib
import logging
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import DatabaseError
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core import media
from apps.core.errors import Conflict, TaskHubError, TooLarge, Unavailable
from apps.tasks.models import StoredFile

logger = logging.getLogger(__name__)

UNADOPTED = timedelta(hours=6)
"""How long bytes may wait for somebody who takes them: as long as the slowest upload."""
BATCH = 200


@dataclass(frozen=True)
class Received:
    """Bytes that are on the disk and nobody's yet, and what they were called and declared to be."""

    file: StoredFile
    name: str
    content_type: str
    size: int
    sha256: str


@contextlib.contextmanager
def receive(source: Iterable[bytes], *, name: str, content_type: str = "") -> Iterator[Received]:
    """Stores what comes in, outside of any transaction. What nobody has adopted at the end is deleted.

    Raises TooLarge past ATTACHMENT_MAX_BYTES, Unavailable when there is no room, and what `source` raises.
    """
    file = StoredFile.objects.create(name=_new_name(), drop_at=timezone.now() + UNADOPTED)
    try:
        incoming = _Incoming(source)
        _store(file, incoming)
        called = media.clean_name(name, _("file"))
        kind = media.type_of(content_type, called, incoming.head)
        yield Received(file, called, kind, incoming.received, incoming.digest.hexdigest())
    finally:
        with contextlib.suppress(DatabaseError):  # the sweep finds it
            _discard(file)


def adopt(received: Received) -> None:
    """They are somebody's now: called in the transaction that names them. Raises Conflict if they are gone."""
    waiting = StoredFile.objects.filter(pk=received.file.pk, drop_at__gt=Now())
    if not waiting.update(drop_at=None):
        raise Conflict(_("The file took too long to arrive. Send it again."))


def disown(file: StoredFile) -> None:
    """Nobody's any more: called in the transaction that deletes what named them."""
    StoredFile.objects.filter(pk=file.pk).update(drop_at=Now())


def sweep(limit: int = BATCH) -> int:
    """Delete the bytes that are nobody's, then their rows; returns how many. Safe to run on many nodes."""
    due = list(StoredFile.objects.filter(drop_at__lte=Now()).order_by("drop_at")[:limit])
    return sum(_drop(file) for file in due)


def _discard(file: StoredFile) -> None:
    if StoredFile.objects.filter(pk=file.pk, drop_at__isnull=False).update(drop_at=Now()):
        _drop(file)


def _drop(file: StoredFile) -> int:
    """Bytes first: a crash in between repeats it. Adopting expects `drop_at` in the future, so none is lost."""
    try:
        default_storage.delete(file.name)
    except OSError:
        logger.exception("A file could not be deleted", extra={"file": str(file.pk)})
        return 0
    return StoredFile.objects.filter(pk=file.pk, drop_at__lte=Now()).delete()[0]


def _new_name() -> str:
    """Unguessable, and nothing of what it was called."""
    name = secrets.token_hex(20)
    return f"{name[:2]}/{name}"


def _store(file: StoredFile, incoming: "_Incoming") -> None:
    try:
        default_storage.save(file.name, incoming)
    except OSError as error:
        logger.warning("A file could not be stored: %s", error.strerror)
        raise _no_room() from None


class _Incoming(File):
    """What comes in, chunk by chunk: counted, hashed, refused past the limit."""

    def __init__(self, source: Iterable[bytes]) -> None:
        super().__init__(None)
        self.source = source
        self.received = 0
        self.head = b""
        self.digest = hashlib.sha256()

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        for chunk in self.source:
            self.received += len(chunk)
            if self.received > settings.ATTACHMENT_MAX_BYTES:
                raise too_large()
            self.head = self.head or chunk[:64]
            self.digest.update(chunk)
            yield chunk


def refusal(why: str) -> TaskHubError | None:
    """The error for a file that a form left out (`core.files.PostedFiles`): for its "size", or for want of "room"."""
    if why == "room":
        return _no_room()
    return too_large() if why else None


def _no_room() -> Unavailable:
    return Unavailable(_("There is no room for the file now. Try again later."))


def too_large() -> TooLarge:
    """The error for a file past the limit."""
    most = settings.ATTACHMENT_MAX_BYTES
    size = f"{most // 2**20} MB" if most >= 2**20 else f"{most} bytes"
    return TooLarge(_("A file has at most %(size)s.") % {"size": size})
