"""What is hidden: tasks with everything that can hang on them, a field, work notes. Every text of them is a marker."""

from typing import Any

from django.db.models import Q

from apps.notifications.models import Notification
from apps.operations.models import Operation
from apps.operations.run import work_due
from apps.tasks.models import Attachment, Handover, Link, Note, ScheduledUpdate, Task
from taskhub.rehearsal.privacy_proof.requests import Names
from tests.operations.conftest import begin

from .cast import Cast, dispatch_all

MARKS = ("ZQXa", "ZQXb", "ZQXc", "ZQXd", "ZQXe", "ZQXf", "ZQXg", "ZQXh")
A, B, C, D, E, F, G, H = MARKS
LATER = "2099-01-01T00:00:00Z"
TEXTS: dict[str, Any] = {"title": f"{A} title", "description": f"{B} text", "tags": [C], "correlation_id": D}


def hide_tasks(cast: Cast) -> list[str]:
    """Tasks that nobody of the askers sees, each in its own way hidden; their ids."""
    maker, ana = cast.callers["maker"], cast.callers["ana"]
    in_shared = {"container": "shared", "type": "migration", "reporter": "user:ana", **TEXTS}
    more = {"fields": {"source": E, "lag": F}, "external_id": G, "data": {"x": H}}
    first = maker.made("/tasks", {**in_shared, **more, "privacy": "restricted", "parent": cast.made["open"]["id"]})
    hang_on(cast, first["id"])
    second = maker.made("/tasks", {**in_shared, "privacy": "restricted", "function": "copy", "priority": 9})
    _work_on(cast, second["id"])
    third = ana.made("/tasks", {"container": "desk", "type": "migration", **TEXTS, "assignee": "user:ana"})
    ana.patch(
        f"/tasks/{third['id']}", {"privacy": "private", "private_to": "user:ana", "due_at": "2026-01-01T00:00:00Z"}
    )
    fourth = maker.made("/tasks", {"function": "copy", "title": A, "data": {"x": H}})
    asked = {"to": "team:quiet", "message": C, "actions": ["complete"]}
    fifth = maker.made("/tasks", {**in_shared, "privacy": "restricted", "hand_over": asked})
    sixth = maker.made("/tasks", {**in_shared, "privacy": "restricted", "function": "copy"})
    maker.post(f"/tasks/{sixth['id']}/fail", {"error": {"name": "Broken"}})  # as a task that the askers see
    made = [first["id"], second["id"], third["id"], fourth["id"], fifth["id"], sixth["id"]]
    _repair(cast, of_ana=third["id"], of_maker=[second["id"], sixth["id"]])
    assert maker.patch(f"/tasks/{first['id']}", {"privacy": "private", "app_readable": False}).status_code == 200
    dispatch_all()
    Notification.objects.filter(reason=Notification.Reason.LOST).delete()  # it tells of what its reader knew before
    return made


def hang_on(cast: Cast, task: str) -> None:
    """Notes of both kinds, links both ways, a watcher, a grant, a handover with a draft, and a failure."""
    maker, ana, plain = cast.callers["maker"], cast.callers["ana"], cast.made["open"]["id"]
    maker.made(f"/tasks/{task}/notes", {"text": f"{A} note"})
    maker.made(f"/tasks/{task}/notes", {"text": f"{B} inside", "kind": "work_note"})
    maker.made(f"/tasks/{task}/links", {"kind": "blocks", "task": plain})
    maker.made(f"/tasks/{plain}/links", {"kind": "relates", "task": task})
    attach(cast, task, "comment")
    maker.made(f"/tasks/{task}/scheduled-updates", {"at": LATER, "set": {"title": f"{A} later"}})
    assert ana.put(f"/tasks/{task}/watchers/me").status_code == 200
    assert maker.put(f"/tasks/{task}/grants/team:quiet").status_code == 201
    asked = {"to": "user:ana", "title": f"{C} asked", "message": D, "fields": ["source"], "actions": ["complete"]}
    made = maker.made(f"/tasks/{task}/hand-over", asked)
    handover = made["id"]
    ana.post(f"/handovers/{handover}/claim")
    assert ana.put(f"/handovers/{handover}/draft", {"fields": {"source": E}}).status_code == 200


def attach(cast: Cast, task: str, kind: str) -> None:
    """A file, named and filled with markers."""
    maker = cast.callers["maker"]
    path = f"/api/v1/tasks/{task}/attachments?name={A}.txt&kind={kind}"
    answer = maker.client.generic("POST", path, B, "text/plain", headers=maker.headers)
    assert answer.status_code == 201, answer.content


def _work_on(cast: Cast, task: str) -> None:
    maker = cast.callers["maker"]
    got = maker.post("/queue/claim", {"functions": ["copy"], "max": 1}).json()["tasks"]
    assert [found["id"] for found in got] == [task]
    lease = {"task": task, "token": got[0]["lease"]["token"]}
    maker.post("/queue/heartbeat", {"leases": [{**lease, "progress": {"percent": 5, "message": A}}]})
    error = {"name": B, "message": C, "details": {"x": D}}
    answer = maker.post("/queue/fail", {"failures": [{**lease, "error": error, "note": E}]}).json()
    assert answer["results"][0]["ok"], answer


def _repair(cast: Cast, *, of_ana: str, of_maker: list[str]) -> None:
    """An operation of a person that has settled, and one of the application that is under way."""
    begin(cast.callers["ana"], {"kind": "set_fields", "ids": [of_ana], "fields": {"source": E}, "reason": A})
    while work_due():
        pass
    begin(cast.callers["maker"], {"kind": "retry", "ids": of_maker, "fields": {"source": F}, "reason": B})


def hide_field(cast: Cast) -> None:
    """A value in a field that only the application reads, on a task that the askers see, and a plan to change it."""
    path = f"/tasks/{cast.made['open']['id']}"
    answer = cast.callers["maker"].patch(path, {"fields": {"lag": A}})
    assert answer.status_code == 200, answer.content
    cast.callers["maker"].made(f"{path}/scheduled-updates", {"at": LATER, "set": {"fields": {"lag": B}}})
    dispatch_all()


def hide_notes(cast: Cast) -> list[str]:
    """Work notes on tasks that the askers see; no task is hidden."""
    for name in ("open", "asked", "failed"):
        task = cast.made[name]["id"]
        cast.callers["maker"].made(f"/tasks/{task}/notes", {"text": f"{A} inside", "kind": "work_note"})
        attach(cast, task, "work_note")
    dispatch_all()
    return []


def names(cast: Cast, hidden: list[str]) -> Names:
    """The names of everything hidden, and of as much that is not."""
    tasks = list(Task.objects.filter(pk__in=hidden).order_by("pk"))
    hands = Handover.objects.filter(task__in=tasks).order_by("pk").values_list("pk", flat=True)
    notes = Note.objects.filter(task__in=tasks).order_by("pk").values_list("pk", flat=True)
    files = Attachment.objects.filter(Q(task__in=tasks) | Q(kind="work_note")).values_list("pk", flat=True)
    links = Link.objects.filter(source__in=tasks).order_by("pk").values_list("pk", flat=True)
    plans = ScheduledUpdate.objects.order_by("pk").values_list("pk", flat=True)
    operations = Operation.objects.exclude(pk=cast.made["operation"]["id"]).order_by("pk").values_list("pk", flat=True)
    secret = {
        "tasks": (*(str(task.pk) for task in tasks), *(str(task.key) for task in tasks[:1])),
        "handovers": tuple(map(str, hands)),
        "notes": tuple(map(str, notes[:1])),
        "links": tuple(map(str, links[:1])),
        "attachments": tuple(map(str, files)),
        "files": tuple(map(str, files)),
        "scheduled-updates": tuple(map(str, plans)),
        "operations": tuple(map(str, operations)),
        "users": ("user:ana",),
        "texts": (A, C, D, G),
        "functions": ("copy",),
        "fields": ("lag",),
    }
    return Names(secret, _plain(cast))


def _plain(cast: Cast) -> dict[str, tuple[str, ...]]:
    made = cast.made
    return {
        "tasks": (made["open"]["id"], made["desk"]["id"]),
        "handovers": (made["asked"]["handover"],),
        "operations": (made["operation"]["id"],),
        "containers": ("shared", "desk"),
        "types": ("migration",),
        "rules": ("late",),
        "functions": ("pay",),
        "members": ("user:vic",),
        "grants": ("user:vic",),
        "users": ("user:vic",),
        "teams": ("dba",),
        "transitions": ("go",),
        "fields": ("source",),
        "texts": ("move",),
    }
