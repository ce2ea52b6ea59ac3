"""Who sees which task, and which of its fields, on its page."""

import pytest

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.tasks import services

from .conftest import SECRET, Ask, Browse, Make, text_of, url_of

pytestmark = pytest.mark.django_db


def test_stranger_gets_404(browse: Browse, stranger: User, make: Make) -> None:
    there, absent = browse(stranger).get(url_of(make())), browse(stranger).get("/tasks/MIG-00000/")
    assert (there.status_code, absent.status_code) == (404, 404)
    assert _without_id(text_of(there)) == _without_id(text_of(absent))


def _without_id(page: str) -> str:
    return "\n".join(line for line in page.splitlines() if "Request" not in line)


@pytest.mark.parametrize("privacy", ["restricted", "inherit"])
def test_requester_sees_their_own(browse: Browse, requester: User, make: Make, privacy: str) -> None:
    page = text_of(browse(requester).get(url_of(make(privacy=privacy))))
    assert "Move orders" in page
    assert "Source database" in page


def test_hidden_field_leaves_no_trace(browse: Browse, requester: User, make: Make, application_actor: Actor) -> None:
    task = make()
    services.edit_task(application_actor, task.key, {"fields": {"lag": SECRET + 1}})
    page = text_of(browse(requester).get(url_of(task)))
    assert "Hidden lag" not in page
    assert str(SECRET) not in page
    assert str(SECRET + 1) not in page
    assert '"lag"' not in page


def test_manager_reads_the_field_that_managers_read(browse: Browse, owner: User, make: Make) -> None:
    page = text_of(browse(owner).get(url_of(make(privacy="inherit"))))
    assert "Hidden lag" in page
    assert str(SECRET) in page


def test_viewer_sees_inherited_but_not_restricted_tasks(browse: Browse, viewer: User, make: Make) -> None:
    client = browse(viewer)
    assert client.get(url_of(make(privacy="inherit"))).status_code == 200
    assert client.get(url_of(make())).status_code == 404


def test_viewer_has_no_composer_and_reads_no_work_note(
    browse: Browse, viewer: User, make: Make, application_actor: Actor
) -> None:
    task = make(privacy="inherit")
    services.add_note(application_actor, task.key, text="for the team", kind="work_note")
    services.add_note(application_actor, task.key, text="for everybody", kind="comment")
    page = text_of(browse(viewer).get(url_of(task)))
    assert "for everybody" in page
    assert "for the team" not in page
    assert 'id="compose"' not in page


def test_team_member_sees_the_task_while_it_is_asked(
    browse: Browse, make: Make, ask: Ask, member: User, application_actor: Actor
) -> None:
    task, client = make(), browse(member)
    assert client.get(url_of(task)).status_code == 404
    handover = ask(task, to="team:dba")
    assert client.get(url_of(task)).status_code == 200
    services.withdraw_handover(application_actor, str(handover.pk))
    assert client.get(url_of(task)).status_code == 404


def test_locked_fields_say_who_holds_them(browse: Browse, requester: User, make: Make, ask: Ask) -> None:
    task = make()
    assert "Locked until Migrator asks." in text_of(browse(requester).get(url_of(task)))
    ask(task)
    page = text_of(browse(requester).get(url_of(task)))
    assert "Locked until Migrator has the task again" in page
    assert 'name="fields.rows"' in page
    assert 'name="fields.source"' not in page


def test_reader_who_is_not_asked_gets_no_form(browse: Browse, owner: User, make: Make, ask: Ask) -> None:
    task = make(privacy="inherit")
    ask(task)
    page = text_of(browse(owner).get(url_of(task)))
    assert "Being answered by ana." in page
    assert 'id="answer"' not in page


def test_attempt_answers_by_its_id(browse: Browse, owner: User, make: Make, application_actor: Actor) -> None:
    task = make(privacy="inherit")
    from apps.automation.queue.failure import fail_task

    fail_task(application_actor, str(task.pk), error={"name": "broken"})
    newest = services.retry_task(application_actor, str(task.pk))
    page = text_of(browse(owner).get(f"/tasks/{task.pk}/"))
    assert "This is an earlier attempt" in page
    assert f"/tasks/{newest.pk}/" in page


def test_container_that_the_reader_does_not_see_is_no_link(
    browse: Browse, stranger: User, make: Make, ask: Ask
) -> None:
    task = make()
    ask(task, to="user:stranger")
    page = text_of(browse(stranger).get(url_of(task)))
    assert "Migrations" in page
    assert 'href="/containers/migrations/"' not in page
