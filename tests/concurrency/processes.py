"""Real processes on the database of the test: started, spoken with in JSON lines, killed."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any, Self
from urllib.parse import quote

from django.db import connection

from tests.servers import ROOT


def environment() -> dict[str, str]:
    """What makes a child see the database that this test sees."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{quote(str(settings['NAME']))}"
    else:
        who = f"{settings['USER']}:{settings['PASSWORD']}".rstrip(":")
        url = f"postgres://{who}@{settings['HOST']}:{settings['PORT'] or 5432}/{settings['NAME']}"
    return {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}


class Program:
    """One child process."""

    def __init__(self, *arguments: object) -> None:
        command = [sys.executable, "-m", "tests.concurrency.programs", *map(str, arguments)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdin=pipe, stdout=pipe, text=True)

    def hear(self) -> dict[str, Any]:
        """The next line that it says."""
        line = self.process.stdout.readline()  # type: ignore[union-attr]
        assert line, f"the process ended with {self.process.wait()}"
        said: dict[str, Any] = json.loads(line)
        return said

    def begin(self) -> None:
        self.process.stdin.write("\n")  # type: ignore[union-attr]
        self.process.stdin.flush()  # type: ignore[union-attr]

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


@contextlib.contextmanager
def raced(processes: int, *arguments: object) -> Iterator[list[Program]]:
    """So many processes that race each other: all ready before the first begins."""
    with contextlib.ExitStack() as stack:
        programs = [stack.enter_context(Program("race", *arguments)) for _ in range(processes)]
        for program in programs:
            assert program.hear() == {"ready": True}
        for program in programs:
            program.begin()
        yield programs


def until(true: Any, seconds: float) -> float:
    """Wait until it is true; how long that took. Fails after so many seconds."""
    start = time.monotonic()
    while not true():
        assert time.monotonic() - start < seconds, f"not true after {seconds} s"
        time.sleep(0.05)
    return time.monotonic() - start
