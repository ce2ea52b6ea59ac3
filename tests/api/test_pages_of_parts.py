"""Pages of what hangs on a task go on where they were, also when the last row is gone by then."""

from apps.events.models import Event
from apps.tasks.models import Link

from .world import TASK, Caller, Json


def pages(app: Caller, path: str, gone) -> list[str]:
    """The ids of all rows, two a page; `gone` takes the last row of the first page away."""
    first = app.get(f"{path}?limit=2").json()
    gone(first["results"][-1]["id"])
    ids, cursor = [row["id"] for row in first["results"]], first["next"]
    while cursor:
        page = app.get(f"{path}?limit=2&cursor={cursor}").json()
        ids, cursor = ids + [row["id"] for row in page["results"]], page["next"]
    return ids


def test_links(app: Caller, task: Json) -> None:
    path = f"/tasks/{task['id']}/links"
    made = [app.made(path, {"kind": "blocks", "task": app.made("/tasks", TASK)["id"]})["id"] for _ in range(5)]
    assert pages(app, path, lambda pk: Link.objects.filter(pk=pk).delete()) == made


def test_scheduled_updates(app: Caller, task: Json) -> None:
    path = f"/tasks/{task['id']}/scheduled-updates"
    plan = [{"at": f"2099-01-0{day}T00:00:00Z", "set": {"priority": day}} for day in (1, 1, 2, 3, 4)]
    made = [app.made(path, body)["id"] for body in plan]
    assert pages(app, path, lambda pk: app.delete(f"/scheduled-updates/{pk}")) == made


def test_events_are_read_page_by_page(
    app: Caller, contributor: Caller, task: Json, django_assert_max_num_queries
) -> None:
    path = f"/tasks/{task['id']}"
    for number in range(6):
        app.patch(path, {"fields": {"lag_rows": number}} if number % 2 else {"title": f"T{number}"})
    everything = [row["id"] for row in app.get(f"{path}/events").json()["results"]]
    assert len(everything) == 7
    assert pages(app, f"{path}/events", lambda pk: Event.objects.filter(pk=pk).delete()) == everything
    assert app.get(f"{path}/events?count=true&limit=1").json()["count"] == 6
    seen = [row["id"] for row in contributor.get(f"{path}/events").json()["results"]]
    assert pages(contributor, f"{path}/events", lambda pk: None) == seen
