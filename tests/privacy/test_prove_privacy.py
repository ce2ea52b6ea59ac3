"""`manage.py prove_privacy`: who sees what of a task, and whether anybody else can tell; nothing is changed by it."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Q
from django.http import HttpResponse

from apps.actors.models import Application, User
from apps.events.models import Event
from apps.tasks.access import visibility
from apps.tasks.models import Task
from taskhub.rehearsal.privacy_proof import proof
from taskhub.rehearsal.privacy_proof.client import normalized
from taskhub.rehearsal.privacy_proof.identities import everybody
from taskhub.rehearsal.privacy_proof.proof import prove, rolled_back

from . import hiding
from .cast import Cast, base

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> tuple[Cast, list[str]]:
    cast = base()
    return cast, hiding.hide_tasks(cast)


def only(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Prove for some identities: the others take as long each."""
    chosen = lambda task: (identity for identity in everybody(task) if identity.name in names)  # noqa: E731
    monkeypatch.setattr(proof, "everybody", chosen)


def rows() -> list[int]:
    return [model.objects.count() for model in (Task, Event, User, Application)]


def test_it_tells_who_sees_what_and_keeps_nothing(
    world: tuple[Cast, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    only(monkeypatch, "stranger", "user:ana")
    before, out = rows(), io.StringIO()
    call_command("prove_privacy", world[1][0], "--below=api/v1/tasks/", stdout=out)
    said = out.getvalue()
    assert "private in shared" in said
    assert "stranger: does not see it" in said
    assert "user:ana: sees it; reads rows, source, work notes" in said
    assert "api/v1/tasks/{id} " in said
    assert " 404 200\n" in said
    assert "Nothing that is hidden changes an answer." in said
    assert rows() == before


def test_tokens_against_forgery_tell_nothing(world: tuple[Cast, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "anonymous", "stranger")
    with rolled_back():
        found = [comparison for below in ("api/v1/docs", "login/") for comparison in prove(world[1][0], below=below)]
    assert [finding.comparison.differences for finding in found] == [()] * 4


def test_seconds_that_pass_between_two_worlds_tell_nothing() -> None:
    one, other = (HttpResponse("x", headers={"Expires": f"Sat, 28 Nov 2026 14:45:4{n} GMT"}) for n in (7, 8))
    assert normalized(one) == normalized(other) != normalized(HttpResponse("x"))


def test_the_id_of_a_request_tells_nothing_where_a_page_shows_it() -> None:
    pages = [HttpResponse(f"<p>Request {id}", headers={"X-Request-ID": id}) for id in ("01a222a6", "01a222a7")]
    assert normalized(pages[0]) == normalized(pages[1]) != normalized(HttpResponse("<p>Request 01a222a6"))


def test_every_class_of_actor_and_the_tasks_people_are_asked(world: tuple[Cast, list[str]]) -> None:
    with rolled_back():
        names = [identity.name for identity in everybody(Task.objects.get(pk=world[1][0]))]
    assert names == [
        "anonymous", "deactivated manager", "stranger", "administrator", "requester", "viewer", "contributor",
        "manager", "another application", "a member application", "the application", "user:ana",
    ]  # fmt: skip


def test_hidden_fields_are_proved_to_who_sees_the_task(
    world: tuple[Cast, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    only(monkeypatch, "viewer")
    hiding.hide_field(world[0])
    with rolled_back():
        (found,) = prove(world[0].made["open"]["key"], below="api/v1/tasks")
    assert (found.sees, found.reads, found.reads_work_notes) == (True, ("rows", "source"), False)
    assert (found.comparison.differences, found.comparison.broken) == ((), ())


@pytest.mark.usefixtures("fresh_caches")
def test_a_leak_fails_it(world: tuple[Cast, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "stranger")
    monkeypatch.setattr(visibility, "visible_condition", lambda actor: Q())
    with pytest.raises(CommandError, match=r"\d+ answers tell of what is hidden"):
        call_command("prove_privacy", world[1][2], "--below=search/", stdout=io.StringIO())


def test_unknown_tasks_and_empty_databases_are_told() -> None:
    for words in (["MIG-00000"], []):
        with pytest.raises(CommandError, match="There is no"):
            call_command("prove_privacy", *words, stdout=io.StringIO())
