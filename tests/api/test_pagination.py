"""Pages: complete, stable while rows come and go, and opaque."""

import pytest

from .world import TASK, Caller, Json


def fill(app: Caller, count: int = 7) -> list[str]:
    """Ids of tasks, oldest first; priorities repeat, and every second has no due date."""
    tasks = [
        {**TASK, "title": f"Task {n}", "priority": n % 3, "due_at": "2027-01-01T00:00:00Z" if n % 2 else None}
        for n in range(count)
    ]
    return [result["task"] for result in app.made("/tasks/bulk", {"tasks": tasks})["results"]]


def walk(caller: Caller, path: str) -> list[Json]:
    """All pages, by the cursor."""
    rows: list[Json] = []
    cursor = ""
    for _ in range(50):
        page = caller.get(path + (f"&cursor={cursor}" if cursor else "")).json()
        rows += page["results"]
        cursor = page["next"]
        if not cursor:
            return rows
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize(
    "order", ["created_at", "updated_at", "priority", "start_at", "due_at", "title", "status_changed_at"]
)
@pytest.mark.parametrize("sign", ["", "-"])
def test_every_order_gives_every_row_once(app: Caller, order: str, sign: str) -> None:
    ids = fill(app)
    whole = [row["id"] for row in app.get(f"/tasks?order={sign}{order}").json()["results"]]
    assert sorted(whole) == sorted(ids)
    assert [row["id"] for row in walk(app, f"/tasks?limit=2&order={sign}{order}")] == whole


def test_default_is_newest_first(app: Caller) -> None:
    ids = fill(app)
    assert [row["id"] for row in app.get("/tasks").json()["results"]] == ids[::-1]


def test_rows_that_come_and_go_move_no_others(app: Caller) -> None:
    ids = fill(app)
    page = app.get("/tasks?limit=3&order=created_at").json()
    app.post(f"/tasks/{ids[0]}/cancel")
    fill(app, 2)
    app.patch(f"/tasks/{ids[0]}", {"privacy": "application"})
    rest = app.get(f"/tasks?limit=200&order=created_at&cursor={page['next']}").json()["results"]
    assert [row["id"] for row in rest][:4] == ids[3:]


def test_last_page_has_no_next(app: Caller) -> None:
    fill(app, 4)
    answer = app.get("/tasks?limit=4")
    assert answer.json()["next"] is None
    assert "Link" not in answer.headers


def test_link_header_leads_to_the_next_page(app: Caller) -> None:
    fill(app, 3)
    answer = app.get("/tasks?limit=2&priority_min=0")
    url = answer.headers["Link"].removeprefix("<").split(">")[0]
    assert 'rel="next"' in answer.headers["Link"]
    assert len(app.get(url.split("/api/v1")[1]).json()["results"]) == 1


def test_count_is_of_visible_rows_and_only_on_request(app: Caller, contributor: Caller) -> None:
    ids = fill(app, 5)
    app.patch(f"/tasks/{ids[0]}", {"privacy": "application"})
    assert "count" not in app.get("/tasks").json()
    assert app.get("/tasks?count=true&limit=1").json()["count"] == 5
    assert contributor.get("/tasks?count=true&limit=1").json()["count"] == 4


def test_cursor_is_opaque_and_repeatable(app: Caller) -> None:
    ids = fill(app, 3)
    first, second = (app.get("/tasks?limit=2").json()["next"] for _ in range(2))
    assert first == second
    assert not any(part in first for part in [*ids, ids[1].replace("-", "")])


def test_cursor_is_of_one_list_order_and_caller(app: Caller, contributor: Caller) -> None:
    fill(app, 3)
    cursor = app.get("/tasks?limit=2").json()["next"]
    for caller, path in [(app, "/handovers?"), (app, "/tasks?order=title&"), (contributor, "/tasks?")]:
        assert caller.get(f"{path}cursor={cursor}").status_code == 400
    assert app.get(f"/tasks?cursor={cursor[:-2]}AA").status_code == 400


def test_lists_below_a_task_have_pages(app: Caller, task: Json) -> None:
    for number in range(5):
        app.post(f"/tasks/{task['id']}/notes", {"text": f"Note {number}"})
    notes = walk(app, f"/tasks/{task['id']}/notes?limit=2")
    assert [note["text"] for note in notes] == [f"Note {number}" for number in range(5)]
    events = walk(app, f"/tasks/{task['id']}/events?limit=2")
    assert len({event["id"] for event in events}) == len(events) == 6
