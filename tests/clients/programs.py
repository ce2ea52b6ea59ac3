"""Workers for `taskhub work`: started as processes, ended by signals."""

import os
import time
from pathlib import Path

from taskhub_client import Worker

worker = Worker(wait=1, grace=float(os.environ.get("GRACE", "25")))
not_a_worker = 1
PLACE = Path(os.environ.get("PLACE", "."))


@worker.function(os.environ.get("FUNCTION", "count"))
def count(task):
    """Begins, then goes on until the file `go` is there."""
    (PLACE / f"begun-{task.key}-{task.delivery}").touch()
    while not (PLACE / "go").exists():
        time.sleep(0.05)
    return task.delivery
