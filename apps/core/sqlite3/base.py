"""SQLite with fair turns among the writers of a process.

SQLite lets one writer in at a time, and whoever finds it busy sleeps longer and longer before it looks again, up to
a tenth of a second. Under load the lock is then always taken by somebody who just comes along: a sleeper can miss it
for as long as it is ready to wait, and its caller hears that the database is locked though every transaction is
short. So the threads of a process queue up here before they begin to write. Other processes on the same file (a
command beside the server) still meet them at SQLite's own lock: one waits there for each process.
"""

import os
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

from apps.core.turns import Turns

WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")

_turns: defaultdict[str, Turns] = defaultdict(Turns)
"""By file."""
os.register_at_fork(after_in_child=_turns.clear)  # who has the turn, or waits for it, is left behind


class DatabaseWrapper(base.DatabaseWrapper):
    """A transaction has the turn from before it begins until it has ended, a single write while it runs.

    Raises OperationalError when the turn does not come within the `timeout` of the connection.
    """

    def __init__(self, settings_dict: dict[str, Any], alias: str = "default") -> None:
        super().__init__(settings_dict, alias)
        self._turn: Turns | None = None
        self.execute_wrappers.append(self._write_in_turn)

    def _take_turn(self) -> None:
        turns, patience = _turns[str(self.settings_dict["NAME"])], float(self.settings_dict["OPTIONS"]["timeout"])
        if not turns.take(self, patience):
            raise OperationalError(f"database is locked: no turn to write came in {patience:g} s")
        self._turn = turns

    def _give_turn(self) -> None:
        turns, self._turn = self._turn, None
        if turns is not None:
            turns.give(self)

    def _write_in_turn(self, execute: Callable[..., Any], sql: str, *said: Any) -> Any:
        if self.in_atomic_block or self._turn is not None or not sql.lstrip()[:7].upper().startswith(WRITES):
            return execute(sql, *said)
        self._take_turn()
        try:
            return execute(sql, *said)
        finally:
            self._give_turn()

    def _start_transaction_under_autocommit(self) -> None:
        self._take_turn()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._give_turn()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._give_turn()

    def _rollback(self) -> None:
        super()._rollback()  # type: ignore[misc]
        self._give_turn()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._give_turn()
