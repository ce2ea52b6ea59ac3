"""The shop itself: it sells all the time, writing and reading where its mode says."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from .config import Config
from .databases import Connection, Row, RowRefused
from .problems import ConstraintViolated, DatabaseUnreachable
from .shop_data import new_customer, new_line, new_order
from .shop_mode import read_mode
from .tables import CUSTOMERS, LINES, ORDERS, OUTBOX, TABLES, Table

Change = tuple[Table, Row]
FORWARDED_AT_ONCE = 50
DELIVERED = f"DELETE FROM {OUTBOX} WHERE change_no = ? AND table_name = ? AND row_id = ?"


class Shop:
    """One till. It is the only writer of its first database, so it hands out keys and change numbers itself.

    Every purchase is one transaction in `a`. Under async and sync the same transaction notes the rows in
    the outbox; async forwards them a moment later, sync before the customer is answered. So neither a
    crash nor an unreachable `b` can lose a row: what is in the outbox is sent again.
    """

    def __init__(self, config: Config, *, seed: int | None = None) -> None:
        self.config = config
        self.mode = read_mode(config.data_dir)
        self.dice = random.Random(seed)
        self.sides: dict[str, Connection] = {}
        self.counts = {"purchases": 0, "reads": 0, "reads_missing": 0}
        self.trouble: str | None = None
        self.waits_for: str | None = None
        self._start_numbers()

    def run(self, *, per_second: float, stop: threading.Event) -> None:
        """Sells until stopped; a database that is away is tried again."""
        while not stop.wait(1 / per_second):
            try:
                self.tick()
                self.trouble = None
            except (DatabaseUnreachable, ConstraintViolated, RowRefused) as trouble:
                self.trouble = str(trouble)
                self._disconnect()
                stop.wait(1)

    def tick(self) -> None:
        """Follows the mode, sells something, forwards what waits, and looks something up."""
        self._follow_mode()
        self.sell()
        if self.mode.writes == "async":
            self.forward_what_fits()
        self.look_up()

    def sell(self) -> None:
        """One purchase, or one order that goes its way."""
        self.change_no += 1
        changes = self._purchase() if self.dice.random() < 0.6 else self._order_goes_on()
        first = self._side(self.mode.a)
        with first.transaction():
            for table, row in changes:
                first.execute(table.upsert_sql(), row)
                if self.mode.writes != "a":
                    entry = (self.change_no, table.name, row[0])
                    first.execute(f"INSERT INTO {OUTBOX} VALUES (?, ?, ?)", entry)
        self.counts["purchases"] += 1
        while self.mode.writes == "sync" and self.forward():
            pass

    def forward(self) -> int:
        """Sends waiting rows to `b`, then takes them out of the outbox; answers how many.

        Changes go whole and in order, so what a row refers to is there. Repeating it is harmless.
        """
        first, second = self._side(self.mode.a), self._side(self.mode.b or "")
        waiting = first.query(
            f"SELECT change_no, table_name, row_id FROM {OUTBOX} WHERE change_no < "
            f"(SELECT MIN(change_no) FROM {OUTBOX}) + {FORWARDED_AT_ONCE}"
        )
        if not waiting:
            return 0
        with second.transaction():
            for table, rows in self._current_rows(first, waiting):
                second.execute_many(table.upsert_sql(), rows)
        with first.transaction():
            for entry in waiting:
                first.execute(DELIVERED, entry)
        return len(waiting)

    def forward_what_fits(self) -> None:
        """Forwards under async. Until the migration has synced older rows, newer ones may have to wait."""
        try:
            self.forward()
            self.waits_for = None
        except RowRefused as refused:
            self.waits_for = refused.constraint

    def look_up(self) -> None:
        """Reads an order as a customer would, from where the mode says."""
        side = self._side(self.mode.a if self.mode.reads == "a" else self.mode.b or "")
        number = self.dice.randint(1, self.next_ids["orders"] - 1)
        rows = side.query("SELECT status FROM orders WHERE id = ?", (number,))
        self.counts["reads"] += 1
        self.counts["reads_missing"] += not rows

    def status(self) -> dict[str, Any]:
        """What the shop does now, for people and programs."""
        return {
            **asdict(self.mode),
            "counts": dict(self.counts),
            "change_no": self.change_no,
            "trouble": self.trouble,
            "waits_for": self.waits_for,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
        }

    def _start_numbers(self) -> None:
        first = self._side(self.mode.a)
        self.change_no = first.max_change()
        self.next_ids = {table.name: first.max_id(table) + 1 for table in TABLES}

    def _follow_mode(self) -> None:
        mode = read_mode(self.config.data_dir)
        if mode == self.mode:
            return
        moved, self.mode = mode.a != self.mode.a, mode
        if moved:
            self._start_numbers()

    def _purchase(self) -> list[Change]:
        changes: list[Change] = []
        customer = self.dice.randint(0, self.next_ids["customers"] - 1)
        if not customer or self.dice.random() < 0.3:
            customer = self._next("customers")
            changes.append((CUSTOMERS, new_customer(self.dice, customer, self.change_no)))
        order = self._next("orders")
        changes.append((ORDERS, new_order(self.dice, order, customer, self.change_no)))
        changes += [
            (LINES, new_line(self.dice, self._next("order_lines"), order, self.change_no))
            for _ in range(self.dice.randint(1, 4))
        ]
        return changes

    def _order_goes_on(self) -> list[Change]:
        """An order that is already there changes: rows that were copied before become old."""
        number = self.dice.randint(1, max(1, self.next_ids["orders"] - 1))
        rows = self._side(self.mode.a).query(ORDERS.select_sql("id = ?"), (number,))
        if not rows:
            return self._purchase()
        row = dict(zip(ORDERS.names, rows[0], strict=True))
        row |= {"status": "shipped" if row["status"] == "paid" else "paid", "change_no": self.change_no}
        return [(ORDERS, tuple(row.values()))]

    def _current_rows(self, first: Connection, waiting: Sequence[Row]) -> list[tuple[Table, list[Row]]]:
        """The rows that the outbox names, as they are now, in the order in which they may be written."""
        grouped = []
        for table in TABLES:
            keys = sorted({key for _, name, key in waiting if name == table.name})
            marks = ", ".join("?" for _ in keys)
            if keys:
                grouped.append((table, first.query(table.select_sql(f"id IN ({marks})"), keys)))
        return grouped

    def _next(self, table: str) -> int:
        self.next_ids[table] += 1
        return self.next_ids[table] - 1

    def _side(self, name: str) -> Connection:
        if name not in self.sides:
            self.sides[name] = self.config.database(name).connect()
        return self.sides[name]

    def _disconnect(self) -> None:
        for connection in self.sides.values():
            connection.close()
        self.sides = {}


def run_until(shop: Shop, seconds: float) -> None:
    """Sells as fast as it can for a while (used by tests and benches)."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        shop.tick()
