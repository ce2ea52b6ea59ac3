"""Calls about repairing many tasks at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from taskhub_client.protocol import Call
from taskhub_client.shapes import Json, Page

from . import spelling


def failures(since: str | None = None) -> Call[Json]:
    """What failed, in groups (`results`): each with its count, times, sample, and the `filter` that finds its tasks."""
    return spelling.request("GET", "/failures", params=spelling.given({"since": since}))


def plan_operation(kind: str, **body: Any) -> Call[Json]:
    """What an operation would do to the tasks of `filter`, or to `ids`: `matched`, `excluded`, and its `plan`."""
    return spelling.post("/operations", {"kind": kind, "dry_run": True, **spelling.given(body)})


def begin_operation(kind: str, plan: str, *, canary: Mapping[str, Any] | None = None, **body: Any) -> Call[Json]:
    """Begin what was planned, with the same `filter` or `ids` (`reason`, `max_per_second`, …).

    `canary` is `{"first": tasks to try, "min_ok": share that must settle well}`.
    """
    return spelling.post("/operations", {"kind": kind, "plan": plan, **spelling.given({"canary": canary, **body})})


def operations() -> Call[Page[Json]]:
    """The caller's operations, newest first, page after page."""
    return spelling.listing("/operations")


def operation(id: str) -> Call[Json]:
    """One operation and its counts."""
    return spelling.get("operations", id)


def operation_items(id: str, outcome: str | None = None) -> Call[Page[Json]]:
    """What an operation did to each task, page after page."""
    return spelling.listing(spelling.path_of("operations", id, "items"), {"outcome": outcome})


def stop_operation(id: str) -> Call[Json]:
    """No further task is worked on."""
    return spelling.post(spelling.path_of("operations", id, "stop"), {})


def resume_operation(id: str) -> Call[Json]:
    """Go on with what was stopped, or held by its canary."""
    return spelling.post(spelling.path_of("operations", id, "resume"), {})
