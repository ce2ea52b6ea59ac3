"""Times that not every time zone can show: refused at every field, and shown where they are stored already."""

from datetime import UTC, datetime

import pytest

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.core.errors import Invalid
from apps.tasks import services
from apps.tasks.models import Grant, Handover, ScheduledUpdate, Task

from .conftest import Browse, text_of, url_of
from .test_handover_request import CARD

pytestmark = pytest.mark.django_db
TOO_FAR = ["9999-12-31T23:30", "0001-01-01T00:30", "9991-01-01T00:00", "1899-12-31T00:00"]
STORED = [datetime(9999, 12, 31, 23, 30, tzinfo=UTC), datetime(1, 1, 1, 0, 30, tzinfo=UTC)]


@pytest.fixture
def card(desk: Container, owner_actor: Actor) -> Task:
    put_type(owner_actor, desk.slug, "card", CARD)
    return services.create_task(owner_actor, {"container": desk.slug, "type": "card", "title": "A card"})[0]


@pytest.mark.parametrize("text", TOO_FAR)
@pytest.mark.parametrize(
    ("page", "name", "sent"),
    [
        ("edit", "due_at", {"title": "A card"}),
        ("ask", "due_at", {"to": "user:stranger", "message": "Big?"}),
        ("plan", "at", {"title": "B"}),
        ("plan", "due_at", {"at": "2999-01-01T00:00"}),
        ("sharing/with", "expires_at", {"to": "user:stranger"}),
    ],
)
def test_a_page_refuses_it_at_its_field(
    browse: Browse, owner: User, stranger: User, card: Task, text: str, page: str, name: str, sent: dict[str, str]
) -> None:
    answer = browse(owner).post(f"{url_of(card)}{page}/", {**sent, name: text})
    assert answer.status_code == 422
    assert "The year must be between 1900 and 9990." in text_of(answer)
    assert f'-{name}"' in text_of(answer)
    card.refresh_from_db()
    assert card.due_at is None
    assert not any(model.objects.exists() for model in (Handover, ScheduledUpdate, Grant))


@pytest.mark.parametrize("time", STORED)
def test_a_service_refuses_it_also_as_a_datetime(card: Task, owner_actor: Actor, time: datetime) -> None:
    with pytest.raises(Invalid):
        services.edit_task(owner_actor, str(card.pk), {"due_at": time})
    with pytest.raises(Invalid):
        services.grant(owner_actor, str(card.pk), "user:member", expires_at=time)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
@pytest.mark.parametrize("time", STORED)
def test_pages_show_one_that_is_stored(
    browse: Browse, owner: User, card: Task, owner_actor: Actor, time: datetime, zone: str
) -> None:
    User.objects.filter(pk=owner.pk).update(time_zone=zone)
    owner.refresh_from_db()
    handover = services.hand_over(
        owner_actor, str(card.pk), {"to": "user:owner", "actions": [{"name": "a", "effect": "complete"}]}
    )
    Task.objects.filter(pk=card.pk).update(due_at=time)
    Handover.objects.filter(pk=handover.pk).update(due_at=time)
    ScheduledUpdate.objects.create(task=card, at=time, set={"title": "B"}, created_by_user=owner)
    Grant.objects.create(task=card, user=owner, expires_at=time)
    browser = browse(owner)
    for url in ("", "edit/", "plan/", "sharing/"):
        assert browser.get(f"{url_of(card)}{url}").status_code == 200
    for url in ("/", "/containers/desk/", "/containers/desk/list/", "/search/?q=card"):
        assert browser.get(url).status_code == 200
    csv = b"".join(browser.get("/containers/desk/list/csv/").streaming_content).decode()  # type: ignore[attr-defined]
    assert "A card" in csv
    assert f"{time:%Y}".lstrip("0") in csv
