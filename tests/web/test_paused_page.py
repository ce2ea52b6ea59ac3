"""Pages say that a task waits because its function is paused, that it was skipped, or that a retry waits."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.automation.functions import pausing, services
from apps.tasks import services as tasks
from apps.tasks.models import Task

from .conftest import Browse, Make, text_of, url_of

pytestmark = pytest.mark.django_db
WORDS = ("failed", "skipped")
REASON = "the mail server is down"


@pytest.fixture
def paused(make: Make, application_actor: Actor) -> Task:
    """A task that the whole container sees; the application has paused its function."""
    services.put_function(application_actor, "copy", {})
    task = make(function="copy", privacy="inherit")
    pausing.pause_function(application_actor, "copy", reason=REASON)
    return task


def test_page_card_and_rows_say_it(browse: Browse, member: User, requester: User, paused: Task) -> None:
    assert "Paused by Migrator since today" in text_of(browse(member).get(url_of(paused))).replace("Today", "today")
    pages = {
        member: [url_of(paused), "/containers/migrations/", "/containers/migrations/list/", "/search/?q=Move"],
        requester: [url_of(paused), "/?tab=asked", "/requests/mine/"],
    }
    for user, addresses in pages.items():
        for address in addresses:
            assert REASON in text_of(browse(user).get(address)), address


def test_goes_on_at(browse: Browse, member: User, paused: Task, application_actor: Actor) -> None:
    until = timezone.now() + timedelta(days=3)
    pausing.pause_function(application_actor, "copy", reason=REASON, until=until)
    assert "It goes on" in text_of(browse(member).get(url_of(paused)))


def test_after_the_resume_nothing_is_said(browse: Browse, member: User, paused: Task, application_actor: Actor) -> None:
    pausing.resume_function(application_actor, "copy")
    for address in (url_of(paused), "/containers/migrations/"):
        assert REASON not in text_of(browse(member).get(address))


def test_who_does_not_see_the_task_reads_nothing(browse: Browse, stranger: User, viewer: User, make: Make) -> None:
    make(function="copy", privacy="application")
    for user in (stranger, viewer):
        assert REASON not in text_of(browse(user).get("/search/?q=Move"))


def test_board_looks_once(browse: Browse, member: User, paused: Task, make: Make) -> None:
    client = browse(member)
    counts: list[int] = []
    for _ in range(2):
        client.get("/containers/migrations/")
        with CaptureQueriesContext(connection) as queries:
            client.get("/containers/migrations/")
        counts.append(len(queries))
        for _ in range(3):
            make(function="copy", privacy="inherit")
    assert counts[0] == counts[1]


def test_skipped_is_no_failure(browse: Browse, member: User, make: Make, member_actor: Actor) -> None:
    task = make(privacy="inherit")
    tasks.skip_task(member_actor, str(task.pk))
    page = text_of(browse(member).get(url_of(task)))
    assert "It was skipped" in page
    assert "skipped it: it need not be done" in page
    failures, skips = (browse(member).get(f"/containers/migrations/list/?status={each}") for each in WORDS)
    assert "Move orders" not in text_of(failures)
    assert "Move orders" in text_of(skips)


def waits(make: Make, actor: Actor) -> Task:
    """A new attempt whose delay is an hour."""
    from apps.automation import queue

    policy: dict[str, Any] = {"enabled": True, "delays": [3600]}
    services.put_function(actor, "copy", {"retry_policy": policy})
    make(function="copy", privacy="inherit")
    (task,) = queue.claim(actor, {"functions": ["copy"]})["tasks"]  # type: ignore[misc]
    failure = {"task": task["id"], "token": task["lease"]["token"], "error": {"name": "Down"}}
    (result,) = queue.fail(actor, {"failures": [failure]})["results"]
    return Task.objects.get(pk=result["retried_by_task_id"])


def test_retry_that_waits_has_a_button(browse: Browse, member: User, make: Make, application_actor: Actor) -> None:
    task, client = waits(make, application_actor), browse(member)
    assert "Retry now" in text_of(client.get(url_of(task)))
    assert client.post(url_of(task) + "retry/").status_code == 303
    task.refresh_from_db()
    assert task.queued
    assert "Retry now" not in text_of(client.get(url_of(task)))


def test_viewer_has_no_button(browse: Browse, viewer: User, make: Make, application_actor: Actor) -> None:
    task = waits(make, application_actor)
    assert "Retry now" not in text_of(browse(viewer).get(url_of(task)))
