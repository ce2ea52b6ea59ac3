"""The demo's programs: started, watched, started again when they die, and ended cleanly."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

STOP_SECONDS = 40.0


class Program:
    """One program with its log and its pid file. It is started again some seconds after it died."""

    def __init__(
        self, name: str, command: Sequence[str], *, cwd: Path, env: dict[str, str], data_dir: Path, restart_after: float
    ) -> None:
        self.name, self.restart_after = name, restart_after
        self._command, self._cwd, self._env = [sys.executable, *command], cwd, env
        self._log, self._pid_file = data_dir / f"{name}.log", data_dir / f"{name}.pid"
        self._process: subprocess.Popen[bytes] | None = None
        self._died_at = 0.0

    def start(self) -> None:
        """Starts it in a group of its own, so that Ctrl-C reaches the demo alone."""
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._cwd,
                env=self._env,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._pid_file.write_text(str(self._process.pid))

    def watch(self) -> None:
        """Notes a death, and starts the program again when its time has come."""
        if self._process and self._process.poll() is not None:
            print(
                f"The {self.name} ended ({_how(self._process.returncode)}); "
                f"it is started again in {self.restart_after:g} s.",
                flush=True,
            )
            self._process, self._died_at = None, time.monotonic()
        elif not self._process and time.monotonic() - self._died_at >= self.restart_after:
            self.start()
            print(f"The {self.name} is started again.", flush=True)

    def is_running(self) -> bool:
        """Whether it lives."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Ends it: asks first, kills what does not follow."""
        if self._process and self.is_running():
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
            if self.is_running():
                self._process.kill()
                self._process.wait()
        self._pid_file.unlink(missing_ok=True)

    def end_leftover(self) -> None:
        """Ends what a demo that was killed left running, if the pid file still names this very program."""
        with contextlib.suppress(FileNotFoundError, ValueError, ProcessLookupError):
            pid = int(self._pid_file.read_text())
            if " ".join(self._command[1:]) in _ps(pid, "command"):
                os.kill(pid, signal.SIGTERM)
                _wait_for_end(pid)

    def last_words(self) -> str:
        """The end of its log."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-8:])


class Supervisor:
    """All programs of the demo, in the order in which they start."""

    def __init__(self, programs: Sequence[Program]) -> None:
        self.programs = programs
        self.stopping = threading.Event()

    def run(self) -> None:
        """Watches until stopped, then ends all, the last started first."""
        while not self.stopping.wait(0.5):
            for program in self.programs:
                program.watch()

    def stop(self) -> None:
        """Ends every program."""
        for program in reversed(self.programs):
            program.stop()


def hold_alone(data_dir: Path) -> int:
    """Takes the data directory for this process until it ends, however it ends. Exits if another has it."""
    descriptor = os.open(data_dir / "demo.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SystemExit(f"A demo runs with {data_dir} already.") from None
    return descriptor


def _how(code: int) -> str:
    return f"by signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _ps(pid: int, column: str) -> str:
    command = ["ps", "-ww", "-o", f"{column}=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _wait_for_end(pid: int) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline and _ps(pid, "stat")[:1] not in ("", "Z"):
        time.sleep(0.1)
