"""When the automation fails: the team finds the task in its inbox, with all that it needs, and finishes it by hand."""

import pytest

from apps.actors.actor import Actor
from apps.actors.models import Team, User
from apps.automation.queue.failure import fail_task
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.tasks import services
from apps.tasks.models import Handover, Task

from .conftest import SECRET, SHAPE, Browse, text_of, url_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken(container: Container, application_actor: Actor, team: Team) -> Task:
    """Failed, with everything given to the DBA team."""
    failover = {"to": "team:dba", "message": "The migration stopped", "fields": ["rows"]}
    put_type(application_actor, container.slug, "migration", {**SHAPE, "failover": failover})
    body = {"container": container.slug, "type": "migration", "title": "Move orders"}
    task, _made = services.create_task(application_actor, {**body, "fields": {"source": "old", "lag": SECRET}})
    fail_task(application_actor, str(task.pk), error={"name": "disk_full", "message": "No space on B"})
    return Task.objects.get(pk=task.pk)


def test_team_finds_it_unclaimed(browse: Browse, member: User, broken: Task) -> None:
    page = text_of(browse(member).get("/?tab=teams"))
    assert "Move orders" in page
    assert "The migration stopped" in page


def test_page_says_what_happened(browse: Browse, member: User, broken: Task) -> None:
    page = text_of(browse(member).get(url_of(broken)))
    assert "The automation needs a person" in page
    assert "The migration stopped" in page
    assert "because the automation failed" in page
    assert "No space on B" in page
    assert 'name="fields.rows"' in page


def test_what_is_hidden_from_the_team_stays_hidden(browse: Browse, member: User, broken: Task) -> None:
    page = text_of(browse(member).get(url_of(broken)))
    assert str(SECRET) not in page
    assert "Hidden lag" not in page


def test_finished_by_hand(browse: Browse, member: User, broken: Task) -> None:
    handover = Handover.objects.get(task=broken)
    client = browse(member)
    client.post(f"/handovers/{handover.pk}/claim/")
    posted = {"fields.rows": "10", "action": "complete"}
    assert client.post(f"/handovers/{handover.pk}/submit/", posted).status_code == 303
    broken.refresh_from_db()
    assert (broken.status, broken.fields["rows"]) == ("complete", 10)


def test_skip_fail_and_cancel_stand_under_more(browse: Browse, member: User, broken: Task) -> None:
    page = text_of(browse(member).get(url_of(broken)))
    more = page[page.index("More<") :]
    for action in ("skip", "fail", "cancel"):
        assert f'name="action" value="{action}"' in more


def test_stranger_learns_nothing(browse: Browse, stranger: User, viewer: User, broken: Task) -> None:
    for user in (stranger, viewer):
        assert browse(user).get(url_of(broken)).status_code == 404
