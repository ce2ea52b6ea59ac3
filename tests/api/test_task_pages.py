"""Pages whose SQL is kept answer the same as those that are compiled as they come."""

import pytest

from .test_pagination import fill, walk
from .world import TASK, Caller

# Not one of the usual parameters, and no task is left out by it.
UNUSUAL = "&priority_max=9007199254740991"
QUERIES = [
    "limit=3", "limit=3&order=created_at", "container=migrations", "container=nowhere",
    "type=migration&stage=todo&limit=2",
    "status=new,canceled&limit=4", "status=retried", "external_id=x-1", "correlation_id=c&status=new", "function=f",
]  # fmt: skip


@pytest.mark.parametrize("who", ["app", "manager", "contributor", "outsider", "other_app"])
def test_kept_query_answers_as_the_fresh_one(request: pytest.FixtureRequest, app: Caller, who: str) -> None:
    ids = fill(app, 9)
    app.made("/tasks", {**TASK, "external_id": "x-1", "correlation_id": "c"})
    app.post(f"/tasks/{ids[1]}/cancel")
    app.patch(f"/tasks/{ids[2]}", {"privacy": "application"})
    caller: Caller = request.getfixturevalue(who)
    for _again in range(2):
        for query in QUERIES:
            usual, fresh = walk(caller, f"/tasks?{query}"), walk(caller, f"/tasks?{query}{UNUSUAL}")
            assert usual == fresh, query


def test_values_of_one_caller_never_serve_another(app: Caller, contributor: Caller, other_app: Caller) -> None:
    fill(app, 3)
    for caller, count in ((app, 3), (other_app, 0), (contributor, 3), (app, 3)):
        assert len(caller.get("/tasks?container=migrations").json()["results"]) == count
        assert caller.get("/tasks?container=elsewhere").json()["results"] == []
