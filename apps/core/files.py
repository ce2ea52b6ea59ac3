"""The bytes of files: stored durably below MEDIA_ROOT, and received from forms up to a limit.

A write that returns is on the disk, and no half file stays. `media.py` cleans their names and types.
"""

import contextlib
import os
import tempfile
from typing import Any, NoReturn

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile

IN_MEMORY = 256 * 1024
"""Bytes of a posted file that are held in memory before it moves to the disk."""


class DurableFiles(FileSystemStorage):
    """Files below MEDIA_ROOT, readable by their owner alone. A write that returns survives a crash of the machine."""

    def _save(self, name: str, content: Any) -> str:
        path = self.path(name)
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(path)
            raise
        self._sync_folders(os.path.dirname(path))
        return name

    def _sync_folders(self, folder: str) -> None:
        """A new name, and new folders above it, are on the disk too."""
        root = os.path.abspath(self.location)
        while folder.startswith(root):
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
            folder = os.path.dirname(folder)


class PostedFiles(FileUploadHandler):
    """Takes files of multipart forms into nameless temporary files, together at most ATTACHMENT_MAX_BYTES.

    What is larger, or finds no room, is read over and left out; the request's `files_left_out` says "size" or "room".
    """

    file: UploadedFile

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.taken = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        store = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY, dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115
        self.file = UploadedFile(store, self.file_name, self.content_type, 0, self.charset, self.content_type_extra)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.taken += len(raw_data)
        if self.taken > settings.ATTACHMENT_MAX_BYTES:
            self._leave_out("size")
        try:
            self.file.write(raw_data)
        except OSError:
            self._leave_out("room")

    def _leave_out(self, why: str) -> NoReturn:
        self.request.files_left_out = why  # type: ignore[union-attr]
        raise SkipFile  # which closes it

    def file_complete(self, file_size: int) -> UploadedFile | None:
        try:
            self.file.seek(0)
        except OSError:  # what was buffered finds no room
            self.request.files_left_out = "room"  # type: ignore[union-attr]
            return None
        self.file.size = file_size
        return self.file

    def upload_interrupted(self) -> None:
        if hasattr(self, "file"):
            self.file.close()
