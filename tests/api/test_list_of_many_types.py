"""A list whose tasks are of many types reads the types that are not known yet in one query."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core import caches

from .world import Caller


def queries_of(caller: Caller, limit: int) -> int:
    caches.clear_all()
    with CaptureQueriesContext(connection) as captured:
        assert len(caller.get(f"/tasks?limit={limit}").json()["results"]) == limit
    return len(captured)


@pytest.mark.django_db
def test_types_cost_no_query_each(outsider: Caller) -> None:
    for number in range(6):
        outsider.put(f"/containers/place-{number}", {"title": "Place"})
        outsider.made("/tasks", {"container": f"place-{number}", "title": "Task"})
    queries_of(outsider, 1)
    assert queries_of(outsider, 6) == queries_of(outsider, 1)
