"""Child processes that end with their parent, drained."""

import ctypes
import os
import signal
import subprocess
import threading
from collections.abc import Sequence

# Seconds that a drained end may take before a process is killed.
DRAIN = 30
PR_SET_PDEATHSIG = 1
# Parameters of glibc's mallopt, the variables that set them too, and our values.
MALLOC = ((-3, "MALLOC_MMAP_THRESHOLD_", 1024 * 1024), (-8, "MALLOC_ARENA_MAX", 2))


def end_with_parent() -> None:
    """Ask Linux for a SIGTERM to this process when its parent dies, even by kill -9; elsewhere nothing."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def bound_memory() -> None:
    """Ask glibc to give memory back: by itself it keeps what hashing a password takes (19 MiB), thread by thread.

    The process and its forks obey. What the environment says about either limit stands.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        for parameter, variable, value in MALLOC:
            if variable not in os.environ:
                libc.mallopt(parameter, value)


class Child:
    """A command that is started again when it ends by itself, until it is asked to stop."""

    def __init__(self, command: Sequence[str], *, process: str) -> None:
        self.command = command
        self.environment = {**os.environ, "TASKHUB_PROCESS": process}
        self.stopping = threading.Event()
        self.child = self._spawn()
        threading.Thread(target=self._watch, name=process, daemon=True).start()

    def _spawn(self) -> "subprocess.Popen[bytes]":
        # A group of its own: Ctrl-C reaches the parent alone, which then ends this one once.
        return subprocess.Popen(  # noqa: S603  (our own commands)
            self.command,
            env=self.environment,
            process_group=0,
            preexec_fn=end_with_parent,  # noqa: PLW1509
        )

    def _watch(self) -> None:
        self.child.wait()
        while not self.stopping.wait(1):
            self.child = self._spawn()
            self.child.wait()

    def ask_to_stop(self) -> None:
        self.stopping.set()
        self.child.terminate()

    def wait(self) -> None:
        """Returns when the command has ended; one that takes too long is killed."""
        try:
            self.child.wait(DRAIN)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
