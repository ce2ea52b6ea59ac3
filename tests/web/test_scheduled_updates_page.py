"""Changes that happen by themselves, on the page: planned by a form, seen in the rail, dropped by a button."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.containers.models import Container, Membership
from apps.containers.services import put_type
from apps.tasks import services
from apps.tasks.models import Attachment, ScheduledUpdate, Task
from apps.tasks.services.scheduled_updates import run as scheduled_updates_run

from .conftest import SECRET, Browse, Make, text_of, url_of
from .test_handover_request import CARD

pytestmark = pytest.mark.django_db


@pytest.fixture
def card(desk: Container, owner_actor: Actor) -> Task:
    put_type(owner_actor, desk.slug, "card", CARD)
    return services.create_task(owner_actor, {"container": desk.slug, "type": "card", "title": "A card"})[0]


def typed(**more: str) -> dict[str, str]:
    tomorrow = (timezone.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    return {"at": tomorrow, "title": "A card", "assignee": "", "due_at": "", "tags": "", **more}


def test_a_change_is_planned_seen_and_happens(browse: Browse, owner: User, card: Task) -> None:
    browser = browse(owner)
    assert f"{url_of(card)}plan/" in text_of(browser.get(url_of(card)))
    assert "Plan the change" in text_of(browser.get(f"{url_of(card)}plan/"))
    said = typed(title="A new card", move="stage:done", **{"fields.size": "l"})
    assert browser.post(f"{url_of(card)}plan/", said).status_code == 303
    update = ScheduledUpdate.objects.get()
    assert update.set == {"title": "A new card", "stage": "done", "fields": {"size": "l"}}
    page = text_of(browser.get(url_of(card)))
    assert "Changes by itself on" in page
    assert "the title becomes A new card" in page
    assert "How big? becomes l" in page
    assert "Planned by you" in page
    ScheduledUpdate.objects.update(at=timezone.now() - timedelta(seconds=1))
    assert scheduled_updates_run.update_due() == 1
    card.refresh_from_db()
    assert (card.title, card.stage, card.fields) == ("A new card", "done", {"size": "l"})
    page = text_of(browser.get(url_of(card)))
    assert "did what was planned" in page
    assert "Changes by itself on" not in page


def test_it_is_dropped_by_a_button(browse: Browse, owner: User, card: Task) -> None:
    browser = browse(owner)
    browser.post(f"{url_of(card)}plan/", typed(title="B"))
    url = f"/scheduled-updates/{ScheduledUpdate.objects.get().pk}/drop/"
    assert url in text_of(browser.get(url_of(card)))
    assert browser.get(url).status_code == 303
    assert ScheduledUpdate.objects.exists()
    browser.post(url)
    assert not ScheduledUpdate.objects.exists()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"at": ""}, "Say when."),
        ({"at": "2020-01-01T10:00"}, "Must be in the future."),
        ({}, "Say what to change"),
        ({"title": ""}, "This is required."),
        ({"fields.size": "huge"}, "How big?"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    browse: Browse, owner: User, card: Task, said: dict[str, str], words: str
) -> None:
    answer = browse(owner).post(f"{url_of(card)}plan/", typed(tags="kept", **said) if said else typed())
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert not said or 'value="kept"' in text_of(answer)
    assert not ScheduledUpdate.objects.exists()


def test_a_refused_plan_says_why(browse: Browse, owner: User, member: User, member_actor: Actor, card: Task) -> None:
    services.schedule_update(member_actor, card.key, at=timezone.now() + timedelta(hours=1), set={"title": "B"})
    Membership.objects.filter(user=member).delete()
    ScheduledUpdate.objects.update(at=timezone.now() - timedelta(seconds=1))
    scheduled_updates_run.update_due()
    page = text_of(browse(owner).get(url_of(card)))
    assert "Did not happen" in page
    assert "could not do what was planned" in page


def test_hidden_fields_do_not_show_in_plans(
    browse: Browse, make: Make, application_actor: Actor, member: User, requester: User
) -> None:
    task = make(privacy="inherit")
    said = {"title": "Moved", "fields": {"lag": SECRET + 1}}
    services.schedule_update(application_actor, task.key, at=timezone.now() + timedelta(hours=1), set=said)
    page = text_of(browse(member).get(url_of(task)))
    assert "the title becomes Moved" in page
    assert str(SECRET + 1) not in page
    assert "Hidden lag" not in page
    assert "/plan/" not in page
    assert browse(member).get(f"{url_of(task)}plan/").status_code == 403
    assert "Planned changes" not in text_of(browse(requester).get(url_of(task)))


def test_a_plan_takes_a_file(browse: Browse, desk: Container, owner: User, owner_actor: Actor) -> None:
    proof = {"type": "string", "x-taskhub": {"kind": "file"}}
    put_type(owner_actor, desk.slug, "claim", {"schema": {"type": "object", "properties": {"proof": proof}}})
    claim = services.create_task(owner_actor, {"container": desk.slug, "type": "claim", "title": "A card"})[0]
    browser = browse(owner)
    page = text_of(browser.get(f"{url_of(claim)}plan/"))
    assert 'name="fields.proof.upload"' in page
    assert 'enctype="multipart/form-data"' in page[page.index(f'action="{url_of(claim)}plan/"') :]
    sent = SimpleUploadedFile("proof.pdf", b"%PDF-1.7", "application/pdf")
    said = {**typed(), "fields.proof": "", "fields.proof.upload": sent}
    assert browser.post(f"{url_of(claim)}plan/", said).status_code == 303
    assert ScheduledUpdate.objects.get().set == {"fields": {"proof": str(Attachment.objects.get().pk)}}
