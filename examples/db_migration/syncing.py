"""`migration.sync`: brings what the shop wrote meanwhile, then watches the lag until it is small.

It is a task of its own that no person sees. It begins when the shop forwards its writes: from then on every
new row reaches the target through the shop's outbox, so one round over the rows written since the copy began
closes the gap for good.
"""

from __future__ import annotations

import time

from taskhub_client import ClaimedTask, Complete

from . import checks, copying
from .beat import beat
from .config import Config
from .databases import Connection
from .problems import LagDoesNotShrink
from .questions import wake

SMALL = 20
PATIENCE = 300.0
PAUSE = 0.5


def run_sync(task: ClaimedTask, config: Config) -> None:
    """Runs one claim of the task. Raises `Problem` and what `beat` raises."""
    first, second = config.database(task.data["source"]), config.database(task.data["target"])
    with first.open() as source, second.open() as target:
        figures = task.checkpoint or _bring(task, source, target)
        lag = _watch(task, source, figures)
    task.finish(Complete({**figures, "lag_rows_before_sync": lag}))
    wake(task.client, task.data["migration"])


def _bring(task: ClaimedTask, source: Connection, target: Connection) -> dict[str, int]:
    done = copying.sync_changes(source, target, after=task.data["after"])
    figures = {"rows_written_meanwhile": done.total}
    beat(task, checkpoint=figures, percent=50, message=f"Brought {done.total:,} rows written meanwhile")
    return figures


def _watch(task: ClaimedTask, source: Connection, figures: dict[str, int]) -> int:
    deadline = time.monotonic() + PATIENCE
    while (lag := checks.lag_rows(source)) > SMALL:
        beat(task, checkpoint=figures, percent=75, message=f"{lag:,} rows behind")
        if time.monotonic() > deadline:
            raise LagDoesNotShrink(f"{lag:,} rows still wait in the shop's outbox.", lag_rows=lag)
        time.sleep(PAUSE)
    return lag
