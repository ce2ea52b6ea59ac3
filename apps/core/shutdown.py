"""Whether this process has been told to end: long waits look here, so that draining is quick."""

import os
import signal
import threading

# Set once, when SIGTERM or SIGINT arrives in a process that called `watch`.
stopping = threading.Event()


def watch() -> None:
    """Learn of the signals that end this process, whoever handles them. Call it in the main thread."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=_wait_for_end, args=[reader], name="shutdown", daemon=True).start()


def _wait_for_end(reader: int) -> None:
    ends = {signal.SIGTERM, signal.SIGINT}
    while not stopping.is_set():
        if ends & set(os.read(reader, 64)):
            stopping.set()
