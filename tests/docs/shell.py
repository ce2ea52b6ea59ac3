"""Shell lines of documents, run by bash as they are printed."""

import os
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.servers import ROOT


def run(lines: str, *, meanwhile: Callable[[], object], cwd: Path = ROOT, **environment: str) -> list[str]:
    """What they print, line by line, while somebody does something else beside them. They must succeed."""
    with ThreadPoolExecutor() as people:
        beside = people.submit(meanwhile)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", lines],
            env={**os.environ, **environment},
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        beside.result(60)
    return done.stdout.strip().splitlines()
