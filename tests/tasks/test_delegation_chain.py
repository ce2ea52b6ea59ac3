"""Who decides a delegated handover: the person who delegated it first, however often it is delegated on."""

import pytest

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.core.errors import Conflict, TaskHubError
from apps.tasks import services
from apps.tasks.models import Handover
from tests.factories import make_user

from .conftest import MakeTask

pytestmark = pytest.mark.django_db


@pytest.fixture
def delegated(make: MakeTask, application_actor: Actor, member_actor: Actor, owner: User) -> Handover:
    """The member was asked, delegated it to the owner, and decides when it comes back."""
    body = {"to": "user:member", "fields": ["rows"], "actions": ["complete"]}
    handover = services.hand_over(application_actor, make().key, body)
    return services.delegate_handover(member_actor, handover.pk, to="user:owner", returns=True)


@pytest.mark.parametrize("returns", [True, False])
def test_first_delegator_stays_the_decider(delegated: Handover, owner_actor: Actor, returns: bool) -> None:
    make_user("third")
    services.delegate_handover(owner_actor, delegated.pk, to="user:third", returns=returns)
    delegated.refresh_from_db()
    assert (delegated.to, str(delegated.delegated_by)) == ("user:third", "member")


def test_who_was_only_asked_to_look_cannot_decide_by_delegating_on(delegated: Handover, owner_actor: Actor) -> None:
    with pytest.raises(TaskHubError):
        services.delegate_handover(owner_actor, delegated.pk, to="user:owner", returns=True)
    with pytest.raises(Conflict, match="member decides"):
        services.submit_handover(owner_actor, delegated.pk, action="complete", fields={"rows": 1})
