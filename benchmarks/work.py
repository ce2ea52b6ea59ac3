"""The containers, types and tasks that every benchmark works on."""

import uuid
from collections.abc import Callable
from typing import Any

from benchmarks.load import Client, Step
from benchmarks.server import Hub

FUNCTION, RAW_FUNCTION = "bench", "bench-raw"
SCHEMA = {
    "type": "object",
    "properties": {"source": {"type": "string"}, "rows": {"type": "integer", "minimum": 0}},
}


def set_up(call: Callable[..., Any]) -> None:
    """What tasks need, made over the API."""
    call("PUT", "/containers/bench", {"title": "Bench"})
    call("PUT", "/containers/bench/types/job", {"schema": SCHEMA})
    for name in (FUNCTION, RAW_FUNCTION):
        call("PUT", f"/functions/{name}", {})


def some_body() -> dict[str, Any]:
    """A task as it is posted."""
    return {
        "container": "bench",
        "type": "job",
        "title": "A task",
        "function": FUNCTION,
        "fields": {"source": "orders", "rows": 7},
    }


def creator(hub: Hub) -> Step:
    """One task, on a connection of its own."""
    client = Client(hub)

    def step() -> int:
        client.call("POST", "/tasks", some_body(), **{"Idempotency-Key": str(uuid.uuid4())})
        return 1

    return step


def worker(hub: Hub, batch: int) -> Step:
    """Claims so many tasks and completes them, on a connection of its own. Raises RuntimeError if one is refused."""
    client = Client(hub)

    def step() -> int:
        body = {"claim_id": str(uuid.uuid4()), "functions": [FUNCTION], "max": batch, "worker": "bench"}
        tasks = client.call("POST", "/queue/claim", body)["tasks"]
        results = [{"task": task["id"], "token": task["lease"]["token"], "result": {"ok": True}} for task in tasks]
        if tasks:
            done = client.call("POST", "/queue/complete", {"results": results})["results"]
            if not all(item["ok"] for item in done):
                raise RuntimeError(f"refused: {done}")
        return len(tasks)

    return step
