"""What people claimed or were given, when they are deactivated or leave the team."""

import pytest

from apps.actors.actor import SYSTEM, Actor
from apps.actors.models import Team, User
from apps.actors.services import change_team, change_user
from apps.tasks import services
from apps.tasks.models import Handover

from .conftest import MakeTask

pytestmark = pytest.mark.usefixtures("container")


def leave(member: User, team: Team) -> None:
    change_team(actor=SYSTEM, team=team, members=[])


def deactivate(member: User, team: Team) -> None:
    member.is_active = False
    change_user(actor=SYSTEM, user=member)


@pytest.mark.parametrize("depart", [leave, deactivate])
def test_a_claim_for_the_team_is_released(
    make: MakeTask, application_actor: Actor, member: User, member_actor: Actor, team: Team, depart
) -> None:
    handover = services.hand_over(application_actor, make().pk, {"to": "team:dba"})
    services.claim_handover(member_actor, handover.pk)
    depart(member, team)
    handover.refresh_from_db()
    assert (handover.state, handover.claimed_by_id) == ("open", None)


def test_a_claim_of_somebody_else_stays(
    make: MakeTask, application_actor: Actor, member: User, member_actor: Actor, owner: User, team: Team
) -> None:
    owner.teams.add(team)
    handover = services.hand_over(application_actor, make().pk, {"to": "team:dba"})
    services.claim_handover(member_actor, handover.pk)
    change_team(actor=SYSTEM, team=team, members=[member])
    handover.refresh_from_db()
    assert handover.claimed_by_id == member.pk


def test_what_was_given_in_person_goes_back(make: MakeTask, application_actor: Actor, member: User, team: Team) -> None:
    task = make()
    handover = services.hand_over(application_actor, task.pk, {"to": "user:member"})
    deactivate(member, team)
    handover.refresh_from_db()
    task.refresh_from_db()
    assert (handover.state, str(task.status)) == ("withdrawn", "in_progress")


def test_what_was_delegated_goes_back_to_who_delegated_it(
    make: MakeTask, application_actor: Actor, member: User, owner: User, owner_actor: Actor, team: Team
) -> None:
    handover = services.hand_over(application_actor, make().pk, {"to": "user:owner"})
    services.delegate_handover(owner_actor, handover.pk, to="user:member", returns=True)
    deactivate(member, team)
    handover.refresh_from_db()
    assert (handover.state, handover.to, handover.delegated_by_id) == ("open", "user:owner", None)
    assert Handover.objects.count() == 1
