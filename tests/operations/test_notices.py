"""Who began an operation hears when it has ended or is held, and so do the owners of the application that did."""

from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client

from apps.actors import services as actors
from apps.actors.actor import SYSTEM
from apps.actors.models import Application, User
from apps.events.dispatch import dispatch
from apps.notifications import mail as mails
from apps.notifications.models import Notification
from apps.operations.models import Operation
from tests.api.world import TASK, Caller

from .conftest import begin
from .test_operations import RETRY, finish, make_due

Failed = Callable[..., list[str]]
Work = Callable[[], None]


def heard() -> set[tuple[str, str, str]]:
    while dispatch():
        pass
    rows = Notification.objects.filter(reason__in=["settled", "held"])
    return set(rows.values_list("user__username", "reason", "title"))


@pytest.fixture
def owned(application: Application, owner: User) -> User:
    owner.email = "owner@example.org"
    owner.save()
    actors.change_owners(actor=SYSTEM, application=application, users=[owner], teams=[])
    return owner


def test_owners_hear_of_the_end_and_of_nothing_before(app: Caller, owned: User, failed: Failed, work: Work) -> None:
    failed(2)
    operation = begin(app, RETRY)
    app.post(f"/operations/{operation['id']}/stop")
    app.post(f"/operations/{operation['id']}/resume")
    work()
    assert heard() == set()
    finish(app)
    make_due()
    work()
    assert heard() == {("owner", "settled", f"retry {operation['id']}")}


def test_owners_hear_that_it_is_held(app: Caller, owned: User, failed: Failed, work: Work) -> None:
    failed(3)
    operation = begin(app, RETRY, canary={"first": 1, "min_ok": 1})
    work()
    finish(app, error={"name": "Again"})
    make_due()
    work()
    assert heard() == {("owner", "held", f"retry {operation['id']}")}


def test_person_reads_of_their_own_in_page_api_and_mail(
    app: Caller, contributor: Caller, member: User, owned: User, outsider: Caller, work: Work
) -> None:
    member.email = "member@example.org"
    member.save()
    made = app.made("/tasks", TASK)
    operation = begin(contributor, {"kind": "cancel", "ids": [made["id"]]})
    work()
    make_due()
    work()
    title = f"cancel {operation['id']}"
    assert heard() == {("member", "settled", title)}
    (row,) = contributor.get("/notifications?unread=true").json()["results"]
    assert (row["task"], row["application"], row["title"]) == (None, None, title)
    assert (row["reason"], row["actor"]) == ("settled", "system")
    assert outsider.get("/notifications").json()["results"] == []
    browser = Client()
    browser.force_login(member)
    page = browser.get("/notifications/").content.decode()
    assert title in page
    assert "has ended this operation" in page
    mails.send_due()
    (message,) = mail.outbox
    assert message.to == ["member@example.org"]
    assert message.subject.startswith(f"TaskHub: {title}")
    for text in (page, message.subject, message.body):
        assert TASK["title"] not in text
        assert made["key"] not in text
    assert contributor.post("/notifications/read", {"all": True}).json() == {"read": 1}


def test_who_is_no_owner_any_more_reads_nothing(
    app: Caller, application: Application, owned: User, failed: Failed, work: Work
) -> None:
    operation = begin(app, {"kind": "skip", "ids": failed(1)})
    work()
    assert heard() == {("owner", "settled", f"skip {operation['id']}")}
    caller = Caller(user=owned)
    assert len(caller.get("/notifications").json()["results"]) == 1
    actors.change_owners(actor=SYSTEM, application=application, users=[], teams=[])
    assert caller.get("/notifications").json()["results"] == []


def test_who_has_left_hears_nothing(app: Caller, contributor: Caller, member: User, work: Work) -> None:
    made = app.made("/tasks", TASK)
    begin(contributor, {"kind": "cancel", "ids": [made["id"]]})
    User.objects.filter(pk=member.pk).update(is_active=False)
    work()
    assert Operation.objects.get().state == "done"
    assert heard() == set()
