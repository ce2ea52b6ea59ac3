"""Rows and bytes of files are never half: whatever breaks in between, the sweep leaves nothing of it."""

import errno
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from apps.actors.actor import Actor
from apps.core.errors import Conflict, NotFound, TooLarge, Unavailable
from apps.tasks import queries, services
from apps.tasks.models import Attachment, StoredFile, Task
from apps.tasks.queries import open_attachment
from apps.tasks.services import files

from .conftest import MakeTask

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def store(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path / "files")
    return tmp_path / "files"


def kept(store: Path) -> list[Path]:
    return [path for path in store.rglob("*") if path.is_file()]


def attach(actor: Actor, task: Any, data: bytes = b"text", **more: Any) -> Attachment:
    with services.receive([data], name="a.txt") as received:
        return services.attach(actor, str(task.pk), received, **more)


def test_bytes_lie_under_a_name_that_tells_nothing(make: MakeTask, application_actor: Actor, store: Path) -> None:
    attachment = attach(application_actor, make())
    (path,) = kept(store)
    assert attachment.file.name not in ("a.txt", str(attachment.pk))
    assert "a.txt" not in str(path)
    assert path.stat().st_mode & 0o077 == 0
    assert open_attachment(attachment).read() == b"text"


def test_what_nobody_adopts_is_deleted(store: Path) -> None:
    with services.receive([b"x"], name="a"):
        assert kept(store)
    assert not kept(store)
    assert not StoredFile.objects.exists()


def test_source_that_breaks_off_leaves_nothing(store: Path) -> None:
    def source() -> Iterator[bytes]:
        yield b"x" * 100_000
        raise ConnectionResetError

    with pytest.raises(Unavailable), services.receive(source(), name="a"):
        pass
    assert not kept(store)
    assert not StoredFile.objects.exists()


def test_full_disk_is_unavailable_and_leaves_nothing(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Unavailable), services.receive([b"x"], name="a"):
        pass
    assert not kept(store)
    assert not StoredFile.objects.exists()


def test_crash_between_bytes_and_row_is_swept_up(store: Path) -> None:
    """A process that was killed leaves its row of the intent; nobody adopts it after its time, the sweep takes it."""
    late = timezone.now() - timedelta(seconds=1)
    file = StoredFile.objects.create(name="ab/" + "a" * 40, drop_at=late)
    default_storage.save(file.name, ContentFile(b"x"))
    with pytest.raises(Conflict):
        files.adopt(files.Received(file, "a", "", 1, ""))
    assert files.sweep() == 1
    assert not kept(store)
    assert files.sweep() == 0


def test_sweep_leaves_what_is_somebodys_or_on_its_way(make: MakeTask, application_actor: Actor, store: Path) -> None:
    attach(application_actor, make())
    with services.receive([b"x"], name="a"):
        assert files.sweep() == 0
        assert len(kept(store)) == 2


def test_removed_bytes_are_swept_up(make: MakeTask, application_actor: Actor, store: Path) -> None:
    attachment = attach(application_actor, make())
    services.remove_attachment(application_actor, str(attachment.pk))
    assert kept(store)
    assert files.sweep() == 1
    assert not kept(store)


def test_quota_of_a_task_counts_each_audience(make: MakeTask, application_actor: Actor, settings: Any) -> None:
    settings.ATTACHMENT_TASK_BYTES = 6
    task = make()
    attach(application_actor, task, kind="work_note")
    attach(application_actor, task)
    with pytest.raises(TooLarge):
        attach(application_actor, task)


@pytest.mark.parametrize("name", ["ATTACHMENT_CONTAINER_BYTES", "ATTACHMENT_APPLICATION_BYTES"])
def test_quotas_of_container_and_application(
    make: MakeTask, application_actor: Actor, settings: Any, name: str
) -> None:
    setattr(settings, name, 6)
    attach(application_actor, make())
    with pytest.raises(TooLarge):
        attach(application_actor, make())


def test_files_of_an_attempt_go_with_the_newest(
    make: MakeTask, application_actor: Actor, stranger_actor: Actor, member_actor: Actor
) -> None:
    task = make(privacy="inherit")
    attachment = attach(application_actor, task, kind="work_note")
    Task.objects.filter(pk=task.pk).update(status="failed", queued=False)
    newest = services.retry_task(application_actor, str(task.pk))
    assert [row.pk for row in queries.attachments(queries.permissions_of(member_actor, newest.pk))] == [attachment.pk]
    assert queries.get_attachment(member_actor, str(attachment.pk)).pk == attachment.pk
    with pytest.raises(NotFound):
        queries.get_attachment(stranger_actor, str(attachment.pk))
