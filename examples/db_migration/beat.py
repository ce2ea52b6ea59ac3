"""Saying where the work stands, and giving the task back when this worker is to end."""

from __future__ import annotations

from datetime import datetime

from taskhub_client import ClaimedTask, Json, Release


def beat(task: ClaimedTask, *, checkpoint: Json, percent: int = 0, message: str = "", every: float = 0.0) -> None:
    """Stores the checkpoint, at most every so many seconds. Raises `Canceled`, `LeaseLost`, `Release`."""
    stopping = task.stopping
    task.heartbeat(progress=percent, message=message, checkpoint=checkpoint, every=0.0 if stopping else every)
    if stopping:
        raise Release


def read_timestamp(text: str) -> datetime:
    """A timestamp as TaskHub writes it."""
    return datetime.fromisoformat(text)
