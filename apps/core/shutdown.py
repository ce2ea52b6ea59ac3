"""Whether this process received a signal to end: long waits look here, so that draining is quick."""

import os
import signal
import threading
import time

# Set once, when SIGTERM or SIGINT arrives in a process that called `watch`.
stopping = threading.Event()


def watch() -> None:
    """Notice the signals that end this process, also where another handler is installed. Call it in the main thread."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=_wait_for_end, args=[reader], name="shutdown", daemon=True).start()


def _wait_for_end(reader: int) -> None:
    ends = {signal.SIGTERM, signal.SIGINT}
    while not (signs := ends & set(os.read(reader, 64))):
        pass
    stopping.set()
    _insist(signal.Signals(signs.pop()))


def _insist(sign: signal.Signals) -> None:
    """Python runs a signal's handler in the main thread, and misses one that came just before it began to wait.

    The signal is repeated there a few times: handlers that end a process may be called again.
    """
    main = threading.main_thread().ident
    for _ in range(10):
        time.sleep(0.5)
        if main is not None:
            signal.pthread_kill(main, sign)
