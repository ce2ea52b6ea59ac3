"""Making the shop's databases: tables, a first stock of rows, and the faults to try things with."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from .databases import Connection, Database, Row
from .postgres_side import split_schema
from .tables import BY_NAME, CUSTOMERS, LINES, ORDERS, OUTBOX, OUTBOX_SQL, TABLES, Table

FIRST_NAMES = ("Ana", "Ben", "Chiara", "Dario", "Elin", "Femi", "Greta", "Hugo", "Ines", "Jonas")
LAST_NAMES = ("Meier", "Rossi", "Okafor", "Keller", "Novak", "Silva", "Haas", "Lind", "Moreau", "Tanaka")
COUNTRIES = ("CH", "DE", "IT", "FR", "AT", "SE", "PT")
GOODS = tuple(f"SKU-{number:04d}" for number in range(400))
BATCH = 5_000
ROWS = 200_000


def ensure_place(database: Database) -> None:
    """Makes the SQLite file or the PostgreSQL schema if it is missing."""
    if database.url.startswith("sqlite:///"):
        path = Path(database.url.removeprefix("sqlite:///"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        return
    address, schema = split_schema(database.url)
    if schema != "public":
        with Database(database.name, database.title, address).open() as connection:
            connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')


def create_tables(connection: Connection, *, strict: bool, leave_out: tuple[str, ...] = ()) -> None:
    """Makes the tables that are missing; `strict` with the checks that a newer database has."""
    for table in TABLES:
        if table.name not in leave_out:
            connection.execute(table.create_sql(strict=strict))
            connection.execute(table.index_sql())
    connection.execute(OUTBOX_SQL)


def drop_rows(connection: Connection) -> None:
    """Empties all tables."""
    with connection.transaction():
        for name in (OUTBOX, *(table.name for table in reversed(TABLES))):
            connection.execute(f"DELETE FROM {name}")


def fill(connection: Connection, *, rows: int = ROWS, seed: int = 1) -> None:
    """Writes about `rows` rows: one customer in ten, three orders, six lines. Repeatable."""
    customers, orders = max(1, rows // 10), max(1, rows * 3 // 10)
    lines = max(1, rows - customers - orders)
    dice = random.Random(seed)
    _write(connection, CUSTOMERS, (new_customer(dice, number, 1) for number in range(1, customers + 1)))
    _write(
        connection,
        ORDERS,
        (new_order(dice, number, dice.randint(1, customers), 1) for number in range(1, orders + 1)),
    )
    _write(
        connection,
        LINES,
        (new_line(dice, number, (number - 1) * orders // lines + 1, 1) for number in range(1, lines + 1)),
    )


def new_customer(dice: random.Random, number: int, change: int) -> Row:
    """A row of `customers`."""
    first, last = dice.choice(FIRST_NAMES), dice.choice(LAST_NAMES)
    email = f"{first}.{last}.{number}@example.org".lower()
    return (number, email, f"{first} {last}", dice.choice(COUNTRIES), change)


def new_order(dice: random.Random, number: int, customer: int, change: int) -> Row:
    """A row of `orders`."""
    placed = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number * 7)
    return (number, customer, "placed", dice.randint(500, 90_000), placed.isoformat(), change)


def new_line(dice: random.Random, number: int, order: int, change: int) -> Row:
    """A row of `order_lines`."""
    return (number, order, dice.choice(GOODS), dice.randint(1, 5), dice.randint(100, 20_000), change)


def spoil(connection: Connection) -> int:
    """Makes one order line invalid for a strict database (quantity 0); answers its key."""
    key = int(connection.value("SELECT MAX(id) FROM order_lines")) * 2 // 3
    connection.execute("UPDATE order_lines SET quantity = 0 WHERE id = ?", (key,))
    return key


def mend(connection: Connection) -> int:
    """Puts invalid order lines right (quantity 1); answers how many there were."""
    return connection.execute("UPDATE order_lines SET quantity = 1 WHERE quantity <= 0")


def counts(connection: Connection) -> dict[str, int]:
    """The number of rows of each table."""
    return {name: int(connection.value(f"SELECT COUNT(*) FROM {name}")) for name in BY_NAME}


def _write(connection: Connection, table: Table, rows: Iterator[Row]) -> None:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            connection.upsert(table, batch)
            batch = []
    connection.upsert(table, batch)
