"""Looking for real: do both sides fit, and does the shop work as a person says it does?"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from .databases import Connection
from .problems import NotEnoughSpace, SchemaDoesNotFit, TargetNotEmpty, WrongSource
from .shop_control import ShopControl
from .tables import ORDERS, OUTBOX, TABLES

HEADROOM = 1.2
PATIENCE = 6.0


def validate_sides(source: Connection, target: Connection) -> None:
    """Raises what is wrong: `SchemaDoesNotFit`, `NotEnoughSpace` or `TargetNotEmpty`."""
    for side in (source, target):
        _require_schema(side)
    need, free = int(source.size_bytes() * HEADROOM), target.free_bytes()
    if free is not None and free < need:
        raise NotEnoughSpace(
            f"{target.name} has {free // 2**20} MB left, the copy needs {need // 2**20} MB.",
            free_bytes=free,
            needed_bytes=need,
        )
    rows = sum(target.max_id(table) for table in TABLES)
    if rows:
        raise TargetNotEmpty(f"{target.name} already holds rows; empty it or choose another target.")


def validate_shop(shop: ShopControl, source: str) -> None:
    """Raises `WrongSource` unless the shop writes to the source (alone or first)."""
    first = shop.status()["a"]
    if first != source:
        raise WrongSource(f"The shop writes to {first}, not to {source}.", writes_to=first)


def why_not_writing(shop: ShopControl, source: Connection, target: Connection, writes: str) -> str | None:
    """None if the shop writes that way to these two, as its state and the databases show; else why not."""
    wanted = {"a": source.name, "b": target.name, "writes": writes}
    status = _wait_for(shop, lambda now: wanted.items() <= now.items())
    if not wanted.items() <= status.items():
        return (
            f"The shop says: writes={status['writes']}, a={status['a']}, b={status['b'] or 'none'} "
            f"(wanted: writes={writes}, a={source.name}, b={target.name})."
        )
    if status["trouble"]:
        return f"The shop has trouble: {status['trouble']}"
    if writes == "sync" and not _newest_order_arrives(source, target):
        return f"The newest order of {source.name} is not in {target.name}."
    return None


def why_not_reading(shop: ShopControl, reads: str) -> str | None:
    """None if the shop reads from there and finds what it looks for; else why not."""
    before = _wait_for(shop, lambda now: now["reads"] == reads)
    if before["reads"] != reads:
        return f"The shop says: reads={before['reads']} (wanted: reads={reads})."
    after = _wait_for(shop, lambda now: now["counts"]["reads"] > before["counts"]["reads"])
    if after["counts"]["reads"] == before["counts"]["reads"]:
        return f"The shop has not read anything since. Its trouble: {after['trouble'] or 'unknown'}."
    if after["counts"]["reads_missing"] > before["counts"]["reads_missing"]:
        return "The shop looked for an order there and did not find it."
    return None


def lag_rows(source: Connection) -> int:
    """How many rows wait in the shop's outbox."""
    return int(source.value(f"SELECT COUNT(*) FROM {OUTBOX}"))


def _require_schema(side: Connection) -> None:
    for table in TABLES:
        found = side.columns(table.name)
        if not found:
            raise SchemaDoesNotFit(f"{side.name} has no table {table.name}.", database=side.name, table=table.name)
        for column, family in table.columns.items():
            if found.get(column) != family:
                raise SchemaDoesNotFit(
                    f"{side.name}: {table.name}.{column} is {found.get(column, 'missing')}, it must be {family}.",
                    database=side.name,
                    table=table.name,
                    column=column,
                )


def _newest_order_arrives(source: Connection, target: Connection) -> bool:
    newest = source.max_id(ORDERS)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if target.query("SELECT 1 FROM orders WHERE id = ?", (newest,)):
            return True
        time.sleep(0.2)
    return False


def _wait_for(shop: ShopControl, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The shop's status, as soon as it is as wanted, or the last one when patience ends."""
    deadline = time.monotonic() + PATIENCE
    while not wanted(status := shop.status()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return status
