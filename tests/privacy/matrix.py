"""The ground of the field matrix: types of both kinds of containers, a task in every state, and everybody before it."""

from typing import Any

from apps.tasks.models import Task
from taskhub.rehearsal.privacy_proof.client import Identity
from tests.api.world import Json

from .cast import Cast, base

FIELDS = ("plain", "app", "mine", "boss", "staged", "secret", "named")
SAID: dict[str, Any] = {
    "plain": {},
    "app": {"read": ["application"], "write": ["application"]},
    "mine": {"read": ["reporter", "application"], "write": ["reporter", "application"]},
    "boss": {"read": ["manager", "application"], "write": ["manager", "application"]},
    "staged": {"write": {"todo": ["contributor", "application"], "doing": ["application"]}},
    "secret": {"secret": True, "read": ["application"], "write": ["application"]},
    "named": {"read": ["user:vic", "application"], "write": ["application"]},
}
TYPE: Json = {
    "title": "Matrix",
    "schema": {
        "type": "object",
        "properties": {
            name: {"type": "string", "title": f"Title-{name}", **({"x-taskhub": said} if said else {})}
            for name, said in SAID.items()
        },
    },
    "create": {"by": "requester", "fields": ["plain"]},
}
AUDIENCES = ("reporter", "viewer", "contributor", "manager", "target", "application", "member application")
# Each kind of owner asks for what exists for it.
ASKED = {"shared": ["plain", "app"], "desk": ["plain", "boss"]}


def value_of(name: str) -> str:
    """The value of a field: found in an answer, it has come from there."""
    return f"ZQX-{name}"


def world(peoples: bool, state: str) -> tuple[Cast, Json]:
    """The cast, and a task of the reporter's in the state."""
    cast = base()
    cast.user("target")
    slug = "desk" if peoples else "shared"
    owner = cast.callers["mona" if peoples else "maker"]
    assert owner.put(f"/containers/{slug}/types/matrix", TYPE).status_code == 201
    values = {name: value_of(name) for name in FIELDS}
    body = {"container": slug, "type": "matrix", "title": "Matrix", "reporter": "user:rita", "function": "copy"}
    task = _made(cast, peoples, body, values)
    _bring_to(cast, owner, task, state)
    return cast, task


def _made(cast: Cast, peoples: bool, body: Json, values: Json) -> Json:
    """Among people the reporter asks through the form, and the other values are there already."""
    if not peoples:
        return cast.callers["maker"].made("/tasks", {**body, "fields": values})
    asked = {"container": "desk", "type": "matrix", "title": "Matrix", "fields": {"plain": values["plain"]}}
    made = cast.callers["rita"].made("/tasks", asked)
    Task.objects.filter(pk=made["id"]).update(fields=values)
    return made


def _bring_to(cast: Cast, owner: Any, task: Json, state: str) -> None:
    path = f"/tasks/{task['id']}"
    if state == "second stage":
        answer = owner.patch(path, {"stage": "doing"})
    elif state == "asked":
        asked = {"to": "user:target", "fields": ASKED[task["container"]], "actions": ["complete"]}
        answer = owner.post(f"{path}/hand-over", asked)
    elif state == "leased":
        answer = cast.callers["maker"].post("/queue/claim", {"functions": ["copy"], "max": 9})
    elif state == "ended":
        answer = owner.post(f"{path}/complete", {})
    else:
        return
    assert answer.status_code in (200, 201), answer.content


def identities(cast: Cast) -> dict[str, Identity]:
    """Everybody by their audience."""
    people = {"reporter": "rita", "viewer": "vic", "contributor": "cora", "manager": "mona", "target": "target"}
    found = {name: Identity(name, user=cast.users[user]) for name, user in people.items()}
    return {**found, "application": Identity("application", key=cast.keys["maker"]),
            "member application": Identity("member application", key=cast.keys["helper"])}  # fmt: skip
