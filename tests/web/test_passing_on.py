"""What is passed on and comes back, and who must not answer, on the page."""

import pytest

from apps.actors.actor import Actor
from apps.actors.models import Team, User
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.tasks import services
from apps.tasks.models import Handover
from tests.factories import make_user

from .conftest import Ask, Browse, Make, text_of, url_of

pytestmark = pytest.mark.django_db


def test_it_comes_back_with_what_was_found(
    browse: Browse, make: Make, ask: Ask, member: User, owner: User, team: Team
) -> None:
    task = make()
    handover = ask(task, to="team:dba", fields=["rows"], actions=["complete"])
    one, other = browse(member), browse(owner)
    assert "It comes back to me" in text_of(one.post(f"/handovers/{handover.pk}/delegate/"))
    one.post(f"/handovers/{handover.pk}/delegate/", {"to": "user:owner", "returns": "yes"})
    page = text_of(other.get(url_of(task)))
    assert "Give back to member" in page
    assert "It goes back to member, who decides." in page
    assert "Complete by hand" not in page
    assert f"/handovers/{handover.pk}/decline/" not in page
    wrong = other.post(f"/handovers/{handover.pk}/resolve/", {"fields.rows": "x", "action": "resolve"})
    assert wrong.status_code == 422
    found = {"fields.rows": "7", "comment": "Counted", "action": "resolve"}
    assert other.post(f"/handovers/{handover.pk}/resolve/", found).status_code == 303
    handover.refresh_from_db()
    assert (handover.to, handover.state, handover.draft) == ("user:member", "claimed", {"rows": 7})
    page = text_of(one.get(url_of(task)))
    assert 'value="7"' in page
    assert "gave it back to" in page
    assert "Counted" in page


def test_passing_on_to_who_is_excluded_is_refused_in_words(
    browse: Browse, make: Make, ask: Ask, member: User, team: Team, application_actor: Actor
) -> None:
    make_user("rep", team)
    handover = ask(make(reporter="user:rep"), to="team:dba", fields=[], actions=["complete"], exclude=["reporter"])
    answer = browse(member).post(f"/handovers/{handover.pk}/delegate/", {"to": "user:rep"})
    assert answer.status_code == 422
    assert "is excluded from answering this" in text_of(answer)
    assert Handover.objects.get().to == "team:dba"


def test_who_may_not_pass_it_on_reads_no_names_of_fields(
    browse: Browse, member: User, viewer: User, desk: Container, owner_actor: Actor, member_actor: Actor
) -> None:
    """The page names what is asked; hidden fields stay hidden from who only sees the task, and from other askers."""
    hidden = {"type": "integer", "title": "Zqx salary", "x-taskhub": {"read": ["manager"], "write": ["manager"]}}
    put_type(owner_actor, "desk", "raise", {"schema": {"type": "object", "properties": {"salary": hidden}}})
    desk.memberships.create(user=viewer, role="viewer")
    task, _made = services.create_task(member_actor, {"container": "desk", "type": "raise", "title": "More"})
    handover = services.hand_over(owner_actor, task.key, {"to": "user:owner", "fields": ["salary"]})
    url = f"/handovers/{handover.pk}/delegate/"
    assert browse(viewer).post(url).status_code == 403
    for posted in ({}, {"to": "user:member"}):
        page = text_of(browse(member).post(url, posted))
        assert "Zqx salary" not in page
    assert Handover.objects.get().to == "user:owner"
