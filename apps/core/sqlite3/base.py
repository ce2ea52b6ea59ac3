"""SQLite with a fair lock among the writers of a process.

SQLite lets one writer in at a time, and a connection that finds it busy sleeps longer and longer before it looks
again, up to a tenth of a second. Under load the lock is then always taken by a newcomer: a sleeper can miss it for as
long as it is ready to wait, and its caller hears that the database is locked though every transaction is short. So
the threads of a process queue up here before they begin to write. Other processes on the same file (a command beside
the server) still meet them at SQLite's own lock: one waits there for each process.
"""

import os
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

from apps.core.fair_lock import FairLock
from apps.core.timestamps import sort_key

WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")

locks: defaultdict[str, FairLock] = defaultdict(FairLock)
"""By file."""
os.register_at_fork(after_in_child=locks.clear)  # holders and waiters stay in the parent


class DatabaseWrapper(base.DatabaseWrapper):
    """A transaction holds the lock from before it begins until it has ended, a single write while it runs.

    Raises OperationalError when the lock does not come free within the `timeout` of the connection.
    """

    def __init__(self, settings_dict: dict[str, Any], alias: str = "default") -> None:
        super().__init__(settings_dict, alias)
        self._lock_held: FairLock | None = None
        self.execute_wrappers.append(self._write_under_lock)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection that knows the functions that SQLite lacks."""
        connection = super().get_new_connection(conn_params)
        connection.create_function("moment_sort_key", 1, sort_key, deterministic=True)
        return connection

    def _acquire_lock(self) -> None:
        lock, patience = locks[str(self.settings_dict["NAME"])], float(self.settings_dict["OPTIONS"]["timeout"])
        if not lock.acquire(self, patience):
            raise OperationalError(f"database is locked: no writer gave way in {patience:g} s")
        self._lock_held = lock

    def _release_lock(self) -> None:
        lock, self._lock_held = self._lock_held, None
        if lock is not None:
            lock.release(self)

    def _write_under_lock(self, execute: Callable[..., object], sql: str, *parameters: object) -> object:
        if self.in_atomic_block or self._lock_held is not None or not sql.lstrip()[:7].upper().startswith(WRITES):
            return execute(sql, *parameters)
        self._acquire_lock()
        try:
            return execute(sql, *parameters)
        finally:
            self._release_lock()

    def _start_transaction_under_autocommit(self) -> None:
        self._acquire_lock()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._release_lock()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._release_lock()

    def _rollback(self) -> None:
        super()._rollback()  # type: ignore[misc]
        self._release_lock()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._release_lock()
