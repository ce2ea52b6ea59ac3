"""Stale answers keep what was typed; what was shown can be looked at ever after."""

import re

import pytest

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.tasks import services
from apps.tasks.models import Handover

from .conftest import SECRET, Ask, Browse, Make, text_of, url_of

pytestmark = pytest.mark.django_db


def version_on(page: str) -> str:
    found = re.search(r'name="version" value="(\w+)"', page)
    assert found
    return found[1]


def test_a_stale_answer_is_shown_with_what_changed(
    browse: Browse, make: Make, ask: Ask, requester: User, application_actor: Actor
) -> None:
    task = make()
    handover, browser = ask(task, actions=["complete"]), browse(requester)
    said = {"fields.rows": "12", "action": "complete", "version": version_on(text_of(browser.get(url_of(task))))}
    services.edit_task(application_actor, task.key, {"title": "Move everything"})
    refused = browser.post(f"/handovers/{handover.pk}/submit/", said)
    page = text_of(refused)
    assert refused.status_code == 412
    assert "This has changed since you opened it: The title of the task has changed." in page
    assert 'value="12"' in page
    assert "Move everything" in page
    assert browser.post(f"/handovers/{handover.pk}/submit/", {**said, "version": version_on(page)}).status_code == 303
    assert Handover.objects.get().answer["fields"] == {"rows": 12}  # type: ignore[index]


def test_what_was_shown_is_a_page(
    browse: Browse, make: Make, ask: Ask, requester: User, member: User, stranger: User
) -> None:
    task = make(privacy="inherit")
    handover = ask(task, title="How many?", message="Please count.", actions=["complete", "cancel"])
    url = f"/handovers/{handover.pk}/receipt/"
    assert browse(requester).get(url).status_code == 404
    browse(requester).post(f"/handovers/{handover.pk}/submit/", {"fields.rows": "12", "action": "complete"})
    assert url in text_of(browse(member).get(url_of(task)))
    page = text_of(browse(member).get(url))
    for words in ("What ana was shown", "How many?", "Please count.", "Rows to copy", "Complete by hand", "chosen"):
        assert words in page
    assert str(SECRET) not in page
    assert "Hidden lag" not in page
    assert "What you were shown" in text_of(browse(requester).get(url))
    assert browse(stranger).get(url).status_code == 404
