"""Lists that would have to read very much: orders without an index, counts."""

import pytest

from apps.api import pagination
from apps.tasks.queries import counts

from .test_pagination import fill, walk
from .world import Caller

ORDERS = ["priority", "-start_at", "due_at", "title", "status_changed_at"]


@pytest.mark.parametrize("order", ORDERS)
def test_many_tasks_are_not_put_in_an_order_without_an_index(
    app: Caller, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(app)
    monkeypatch.setattr(counts, "MOST_SORTED", 6)
    answer = app.get(f"/tasks?order={order}")
    assert (answer.status_code, answer.json()["code"]) == (422, "too_broad")
    assert answer.json()["errors"][0]["pointer"] == "/order"
    assert app.get(f"/tasks?order={order}&priority_min=1").status_code == 200
    monkeypatch.setattr(counts, "MOST_SORTED", 7)
    assert len(walk(app, f"/tasks?limit=2&order={order}")) == 7


@pytest.mark.parametrize("order", ["created_at", "-created_at", "updated_at", "-updated_at"])
def test_orders_with_an_index_have_no_bound(app: Caller, order: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(app)
    monkeypatch.setattr(counts, "MOST_SORTED", 1)
    assert len(walk(app, f"/tasks?container=migrations&limit=2&order={order}")) == 7


def test_refusal_tells_nothing_of_hidden_tasks(app: Caller, outsider: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(app)
    monkeypatch.setattr(counts, "MOST_SORTED", 0)
    assert outsider.get("/tasks?order=title").json()["results"] == []


def test_count_ends_at_its_bound(app: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(app)
    assert app.get("/tasks?count=true").json()["count"] == 7
    monkeypatch.setattr(pagination, "MOST_COUNTED", 5)
    assert app.get("/tasks?count=true&limit=2").json()["count"] == 5


@pytest.mark.parametrize("narrowed", ["", "&status=new", "&status=new,canceled", "&priority_min=1", "&type=migration"])
@pytest.mark.parametrize("order", ["created_at", "-created_at"])
def test_lists_of_a_container_are_whole(app: Caller, narrowed: str, order: str) -> None:
    ids = fill(app)
    for id in ids[::3]:
        app.post(f"/tasks/{id}/cancel")
    path = f"/tasks?order={order}{narrowed}"
    whole = [row["id"] for row in app.get(path).json()["results"]]
    assert whole == [row["id"] for row in walk(app, f"{path}&container=migrations&limit=2")] != []
