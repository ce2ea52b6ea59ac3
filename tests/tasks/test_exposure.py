"""The preview of a change of privacy agrees with who sees the task before and after, for everybody there is."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.actors.actor import Actor
from apps.actors.models import Application, User
from apps.actors.references import actor_of_application, actor_of_user
from apps.containers.models import Container, Membership
from apps.containers.services import put_type
from apps.core.errors import Widens
from apps.tasks import access, services
from apps.tasks.models import Privacy, ScheduledUpdate
from apps.tasks.services.scheduled_updates import run as scheduled_updates_run
from tests import factories

MODES = list(itertools.permutations(Privacy.values, 2))


@pytest.fixture
def everybody(container: Container, owner: User, member: User, stranger: User, application: Application) -> list[Actor]:
    """One of each kind: roles by name, by team and by nothing; reporter, assignee, granted; applications."""
    team = factories.make_team("lookers")
    Membership.objects.create(container=container, team=team, role="viewer")
    Membership.objects.create(container=container, application=factories.make_application("peer"), role="viewer")
    Membership.objects.create(container=container, user=factories.make_user("ana"), role="requester")
    for name in ("reporter", "assignee", "granted", "private"):
        factories.make_user(name)
    factories.make_user("looker", team)
    return [
        *(actor_of_user(user) for user in User.objects.all()),
        *(actor_of_application(one) for one in Application.objects.all()),
    ]


def names(actor: Actor) -> set[str]:
    """What the preview may call somebody."""
    return {str(actor), *(f"team:{slug}" for slug in actor.team_slugs), *(["everyone"] if actor.is_user else [])}


@pytest.mark.parametrize("everyone", ["none", "requester", "viewer"])
@pytest.mark.parametrize("see_restricted", [False, True])
@pytest.mark.parametrize(("before", "after"), MODES)
def test_it_names_everybody_whose_sight_changes(
    everybody: list[Actor], container: Container, application_actor: Actor, everyone: str, see_restricted: bool,
    before: str, after: str,
) -> None:  # fmt: skip
    Container.objects.filter(pk=container.pk).update(everyone=everyone, managers_see_restricted=see_restricted)
    put_type(application_actor, "migrations", "m", {})
    said: dict[str, Any] = {"reporter": "user:reporter", "assignee": "user:assignee", "privacy": before}
    to = {"private_to": "user:private"}
    body = {"container": "migrations", "type": "m", **said, **(to if before == "private" else {})}
    task, _made = services.create_task(application_actor, body)
    services.grant(application_actor, task.pk, "user:granted")
    changes = {"privacy": after, **(to if after == "private" else {})}
    preview = services.preview_privacy(application_actor, task.pk, changes)
    gains, loses = ({viewer.who for viewer in side} for side in (preview.gains, preview.loses))
    seen = {str(actor): access.can_see(actor, access.get_task(application_actor, task.pk)) for actor in everybody}
    services.edit_task(application_actor, task.pk, changes, confirm_widen=True)
    then = {str(actor): access.can_see(actor, access.get_task(application_actor, task.pk)) for actor in everybody}
    for actor in everybody:
        if then[str(actor)] and not seen[str(actor)]:
            assert names(actor) & gains, actor
        if seen[str(actor)] and not then[str(actor)]:
            assert names(actor) & loses, actor
    named = {str(actor) for actor in everybody}
    assert {who for who in gains & named if seen[who] or not then[who]} == set()
    assert {who for who in loses & named if then[who] or not seen[who]} == set()


def test_a_planned_widening_is_confirmed_when_it_is_planned(
    container: Container, application_actor: Actor, member_actor: Actor
) -> None:
    put_type(application_actor, "migrations", "m", {})
    body = {"container": "migrations", "type": "m", "privacy": "restricted"}
    task, _made = services.create_task(application_actor, body)
    at, said = timezone.now() + timedelta(hours=1), {"privacy": "inherit"}
    with pytest.raises(Widens):
        services.schedule_update(application_actor, task.pk, at=at, set=said)
    services.schedule_update(application_actor, task.pk, at=at, set={**said, "confirm_widen": True})
    ScheduledUpdate.objects.update(at=timezone.now() - timedelta(seconds=1))
    assert scheduled_updates_run.update_due() == 1
    assert access.get_task(member_actor, task.pk).privacy == "inherit"


def test_a_refused_plan_tells_nobody_whom_it_would_have_let_in(container: Container, application_actor: Actor) -> None:
    """Only its maker may know them; those who work on the task read the refusal too."""
    put_type(application_actor, "migrations", "m", {})
    task, _made = services.create_task(application_actor, {"container": "migrations", "type": "m"})
    at = timezone.now() + timedelta(hours=1)
    services.schedule_update(application_actor, task.pk, at=at, set={"privacy": "inherit"})
    services.edit_task(application_actor, task.pk, {"privacy": "restricted"})
    ScheduledUpdate.objects.update(at=timezone.now() - timedelta(seconds=1))
    assert scheduled_updates_run.update_due() == 1
    error = ScheduledUpdate.objects.get().error
    assert error is not None
    assert (error["code"], "gains" in error, "loses" in error) == ("confirm_widen", False, False)


@pytest.mark.parametrize("is_active", [True, False])
def test_who_is_no_longer_active_gains_nothing(container: Container, application_actor: Actor, is_active: bool) -> None:
    put_type(application_actor, "migrations", "m", {})
    gone = factories.make_user("gone")
    body = {"container": "migrations", "type": "m", "assignee": "user:gone", "privacy": "application"}
    task, _made = services.create_task(application_actor, body)
    User.objects.filter(pk=gone.pk).update(is_active=is_active)
    preview = services.preview_privacy(application_actor, task.pk, {"privacy": "restricted"})
    assert [viewer.who for viewer in preview.gains] == (["user:gone"] if is_active else [])
