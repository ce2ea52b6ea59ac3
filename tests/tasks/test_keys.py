"""Keys of tasks are drawn; one that is taken is drawn anew."""

from collections.abc import Iterator

import pytest

from apps.actors.actor import Actor
from apps.tasks import services
from apps.tasks.models import Task
from apps.tasks.services import create

from .conftest import MakeTask

pytestmark = pytest.mark.django_db


def test_bulk_draws_taken_keys_anew(make: MakeTask, application_actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    make()
    codes: Iterator[str] = iter(["AAAAA", "AAAAA", "BBBBB", "AAAAAAAA", "AAAAAAAA", "BBBBBBBB"])
    monkeypatch.setattr(create, "short_code", lambda _length: next(codes))
    Task.objects.update(key="MIG-BBBBB")
    body = {"container": "migrations", "type": "migration", "fields": {"source": "a"}}
    results = services.create_tasks(application_actor, [body] * 3)
    keys = [task.key for task, _new in results]  # type: ignore[misc]
    assert keys == ["MIG-AAAAA", "MIG-AAAAAAAA", "MIG-BBBBBBBB"]
