"""The containers, types and tasks that every benchmark works on."""

from collections.abc import Callable
from typing import Any

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
