"""A snippet is cut from what its reader reads, and from nothing else."""

import pytest

from apps.actors.actor import Actor
from apps.tasks import search, services
from apps.tasks.access import TaskPermissions, get_task
from apps.tasks.models import Task

from .conftest import MakeTask

pytestmark = pytest.mark.django_db


def passage(actor: Actor, task: Task, words: str) -> search.Snippet | None:
    permissions = TaskPermissions(actor, get_task(actor, task.pk))
    return search.snippets(actor, [permissions], words).get(task.pk)


def test_passage_marks_what_was_asked_for(make: MakeTask, application_actor: Actor) -> None:
    task = make(description="x " * 50 + "The Ordérs move on Sunday night." + " y" * 200)
    found = passage(application_actor, task, "orders sunday")
    assert found is not None
    assert [text for text, hit in found.pieces if hit] == ["Ordérs", "Sunday"]
    assert found.text.startswith("…")
    assert found.text.endswith("…")
    assert len(found.text) < 200


def test_title_needs_no_passage(make: MakeTask, application_actor: Actor) -> None:
    assert passage(application_actor, make(title="Orders"), "orders") is None


def test_hidden_texts_are_in_no_passage(
    make: MakeTask, application_actor: Actor, owner_actor: Actor, member_actor: Actor, requester_actor: Actor
) -> None:
    fields = {"source": "a", "lag": 424242, "secret": "zqxsecret"}
    task = make(title="Move zqxsecret 424242 workword", privacy="inherit", reporter="user:ana", fields=fields)
    services.add_note(application_actor, task.key, text="The workword", kind="work_note")
    seen = passage(owner_actor, task, "424242")
    assert seen is not None
    assert seen.part == "field"
    assert passage(member_actor, task, "424242") is None
    assert passage(application_actor, task, "zqxsecret") is None
    noted = passage(member_actor, task, "workword")
    assert noted is not None
    assert noted.text == "The workword"
    assert passage(requester_actor, task, "workword") is None


def test_name_of_a_file_is_a_passage(make: MakeTask, application_actor: Actor) -> None:
    task = make()
    with services.receive([b"x"], name="invoice 7.pdf") as received:
        services.attach(application_actor, task.key, received)
    found = passage(application_actor, task, "invoice")
    assert found is not None
    assert (found.part, found.text) == ("file", "invoice 7.pdf")
