"""The owners of an application hear when it fails silently; nobody else does, and once a spell."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from apps.actors import services as actors
from apps.actors.actor import SYSTEM, Actor
from apps.actors.models import Application, Team, User
from apps.actors.references import actor_of_user
from apps.automation.functions import pausing
from apps.automation.functions import services as functions
from apps.automation.models import Function, Schedule
from apps.automation.queue import unattended
from apps.automation.schedules import ticks
from apps.containers.models import Container
from apps.containers.services import put_member, put_type, retire_type
from apps.events.dispatch import dispatch
from apps.notifications import mail as mails
from apps.notifications.models import Notification
from apps.tasks.services import create_task
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def of_team(team: Team) -> User:
    user = make_user("deputy", team)
    user.email = "deputy@example.org"
    user.save()
    return user


@pytest.fixture
def owned(application: Application, owner: User, of_team: User, team: Team) -> Application:
    actors.change_owners(actor=SYSTEM, application=application, users=[owner], teams=[team])
    return application


def tick() -> None:
    Schedule.objects.update(next_at=timezone.now() - timedelta(seconds=1))
    ticks.tick_due()
    dispatch()


@pytest.fixture
def failing(owned: Application, container: Container, application_actor: Actor, stranger: User) -> None:
    """A schedule whose type was retired, in a container that has a manager."""
    put_type(application_actor, "migrations", "night", {})
    put_member(application_actor, "migrations", "user:stranger", "manager")
    task = {"container": "migrations", "type": "night", "title": "Every night"}
    functions.put_function(application_actor, "nightly", {"schedule": {"every": 60, "task": task}})
    retire_type(application_actor, "migrations", "night")


def heard() -> set[tuple[str, str, str]]:
    return set(Notification.objects.values_list("user__username", "reason", "title"))


def test_a_schedule_that_fails_is_told_once(failing: None, owner: User, of_team: User) -> None:
    for _ in range(3):
        tick()
    assert {("owner", "schedule", "nightly"), ("deputy", "schedule", "nightly")} <= heard()
    assert not any(name == "stranger" for name, _reason, _title in heard())
    assert Notification.objects.filter(user=owner).count() == 1


def test_each_spell_is_told(failing: None, owner: User, application_actor: Actor) -> None:
    tick()
    put_type(application_actor, "migrations", "night", {})
    tick()
    retire_type(application_actor, "migrations", "night")
    tick()
    assert Notification.objects.filter(user=owner).count() == 2


def test_a_function_that_nobody_attends(
    owned: Application, application_actor: Actor, owner: User, settings: Any, container: Container
) -> None:
    settings.UNATTENDED_AFTER = timedelta(seconds=0.001)
    functions.put_function(application_actor, "copy", {})
    put_type(application_actor, "migrations", "m", {"function": "copy"})
    create_task(application_actor, {"container": "migrations", "type": "m", "title": "Secret title"})
    unattended.attend()
    assert Function.objects.get(name="copy").unattended_since is not None
    unattended.attend()
    dispatch()
    assert ("owner", "unattended", "copy") in heard()
    assert Notification.objects.filter(user=owner).count() == 1


def test_it_is_in_page_api_and_mail(failing: None, owner: User, of_team: User) -> None:
    tick()
    client = Client()
    client.force_login(owner)
    (row,) = client.get("/api/v1/notifications").json()["results"]
    assert (row["task"], row["key"], row["application"], row["title"]) == (None, None, "migrator", "nightly")
    assert (row["reason"], row["actor"]) == ("schedule", "application:migrator")
    page = client.get("/notifications/").content.decode()
    assert "nightly" in page
    assert "cannot make the task of its schedule" in page
    mails.send_due()
    (message,) = [each for each in mail.outbox if each.to == ["deputy@example.org"]]
    assert message.subject.startswith("Migrator: nightly")
    client.post("/notifications/read/", {"all": "yes"})
    assert not Notification.objects.filter(user=owner, read_at=None).exists()


def test_who_is_no_owner_any_more_reads_nothing(failing: None, owned: Application, owner: User, of_team: User) -> None:
    tick()
    actors.change_owners(actor=SYSTEM, application=owned, users=[], teams=[])
    for user in (owner, of_team):
        client = Client()
        client.force_login(user)
        assert client.get("/api/v1/notifications").json()["results"] == []
        assert "nightly" not in client.get("/notifications/").content.decode()
    mails.send_due()
    assert mail.outbox == []


def test_owners_hear_of_a_pause_but_not_who_did_it(
    owned: Application, application_actor: Actor, owner: User, of_team: User
) -> None:
    functions.put_function(application_actor, "copy", {})
    pausing.pause_function(actor_of_user(owner), "copy", reason="Broken")
    dispatch()
    assert ("deputy", "paused", "copy") in heard()
    assert not Notification.objects.filter(user=owner).exists()
