"""Two functions of one application lose the same caller at once: it is a member no more."""

import pytest

from apps.actors.references import actor_of_application
from apps.automation.functions import services
from apps.containers.models import Membership
from tests import factories
from tests.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("round_", range(5))
def test_who_is_called_by_none_is_no_member(round_: int) -> None:
    actor = actor_of_application(factories.make_application("migrator"))
    factories.make_application("billing")
    for number in range(4):
        services.put_function(actor, f"f{number}", {"callers": ["application:billing"]})
    assert Membership.objects.count() == 1
    results = at_once(lambda number: services.put_function(actor, f"f{number}", {}), 4)
    assert [result for result in results if isinstance(result, Exception)] == []
    assert not Membership.objects.exists()
