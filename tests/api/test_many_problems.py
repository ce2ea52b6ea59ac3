"""A body with very many things wrong costs little more than reading it, and its answer lists a hundred of them."""

import time

import orjson
import pytest

from .world import TASK, Caller, Json

SECONDS, SLACK = 0.05, 3
"""What a request may cost; the machine of the tests may be slow and shared."""
MANY: Json = {f"key{number}": number for number in range(50_000)}
BODIES: dict[str, tuple[str, str, Json]] = {
    "a new task": ("POST", "/tasks", {**TASK, **MANY}),
    "fields of a new task": ("POST", "/tasks", {**TASK, "fields": MANY}),
    "a change": ("PATCH", "/tasks/{task}", MANY),
    "fields of a change": ("PATCH", "/tasks/{task}", {"fields": MANY}),
    "a handover": ("POST", "/tasks/{task}/hand-over", {"to": "user:member", **MANY}),
    "an outcome": ("POST", "/tasks/{task}/complete", {"fields": MANY}),
    "input of a transition": ("POST", "/tasks/{task}/transitions/go", {"input": MANY}),
    "a type": ("PUT", "/containers/migrations/types/migration", {"title": "T", **MANY}),
    "a manifest": ("PUT", "/manifest", MANY),
    "a container": ("PUT", "/containers/migrations", MANY),
    "a function": ("PUT", "/functions/copy", MANY),
    "an outcome of a worker": ("POST", "/queue/complete", {"results": [], **MANY}),
}


@pytest.mark.parametrize("what", BODIES)
def test_many_unknown_keys_cost_little(app: Caller, what: str) -> None:
    way = {"name": "go", "from": ["todo"], "to": "done"}
    app.put("/containers/migrations/types/moving", {"transitions": [way]})
    task = app.made("/tasks", {"container": "migrations", "type": "moving", "title": "Move"})
    method, path, body = BODIES[what]
    path, text = path.format(task=task["id"]), orjson.dumps(body)
    answer = app(method, path, text)
    assert answer.status_code == 400, answer.content[:500]
    assert len(answer.json()["errors"]) == 100
    assert answer.json()["code"] == "unknown_field"
    assert min(cost(app, method, path, text) for _ in range(3)) < SECONDS * SLACK


def cost(caller: Caller, method: str, path: str, text: bytes) -> float:
    began = time.process_time()
    caller(method, path, text)
    return time.process_time() - began
