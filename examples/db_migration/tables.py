"""The shop's tables: what is copied, how it is made, and what a copy of it must look like.

Every row carries `change_no`, the shop's own logical clock: it rises with each purchase. It makes every
write of a copy repeatable (a newer row is never overwritten by an older one) and finds the rows that were
written after a given time.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """One table of the shop; the first column is its key. Families: `integer` or `text`."""

    name: str
    columns: dict[str, str]
    constraints: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def create_sql(self, *, strict: bool) -> str:
        """The CREATE TABLE; only a strict one has the checks, as a newer database often does."""
        kinds = {"integer": "BIGINT", "text": "TEXT"}
        lines = [f"{name} {kinds[family]} NOT NULL" for name, family in self.columns.items()]
        lines += ["PRIMARY KEY (id)", *(self.constraints if strict else ())]
        return f"CREATE TABLE IF NOT EXISTS {self.name} ({', '.join(lines)})"

    def index_sql(self) -> str:
        """The index that finds what changed since a given change number."""
        return f"CREATE INDEX IF NOT EXISTS {self.name}_change ON {self.name} (change_no, id)"

    def select_sql(self, where: str) -> str:
        """Reads whole rows."""
        return f"SELECT {', '.join(self.names)} FROM {self.name} WHERE {where}"

    def upsert_sql(self) -> str:
        """Inserts a row, or replaces it by a newer one. Repeating it changes nothing."""
        marks = ", ".join("?" for _ in self.columns)
        updates = ", ".join(f"{name} = excluded.{name}" for name in self.names[1:])
        return (
            f"INSERT INTO {self.name} ({', '.join(self.names)}) VALUES ({marks}) "
            f"ON CONFLICT (id) DO UPDATE SET {updates} WHERE excluded.change_no > {self.name}.change_no"
        )


CUSTOMERS = Table(
    "customers",
    {"id": "integer", "email": "text", "name": "text", "country": "text", "change_no": "integer"},
    ("CONSTRAINT customers_email_unique UNIQUE (email)",),
)
ORDERS = Table(
    "orders",
    {
        "id": "integer",
        "customer_id": "integer",
        "status": "text",
        "total_cents": "integer",
        "placed_at": "text",
        "change_no": "integer",
    },
    (
        "CONSTRAINT orders_customer_exists FOREIGN KEY (customer_id) REFERENCES customers (id)",
        "CONSTRAINT orders_total_not_negative CHECK (total_cents >= 0)",
    ),
)
LINES = Table(
    "order_lines",
    {
        "id": "integer",
        "order_id": "integer",
        "sku": "text",
        "quantity": "integer",
        "price_cents": "integer",
        "change_no": "integer",
    },
    (
        "CONSTRAINT order_lines_order_exists FOREIGN KEY (order_id) REFERENCES orders (id)",
        "CONSTRAINT order_lines_quantity_positive CHECK (quantity > 0)",
    ),
)

TABLES = (CUSTOMERS, ORDERS, LINES)
"""In the order in which rows must be written, so that what a row refers to is there before it."""

BY_NAME = {table.name: table for table in TABLES}

OUTBOX = "shop_outbox"
OUTBOX_SQL = (
    f"CREATE TABLE IF NOT EXISTS {OUTBOX} "
    "(change_no BIGINT NOT NULL, table_name TEXT NOT NULL, row_id BIGINT NOT NULL, "
    "PRIMARY KEY (change_no, table_name, row_id))"
)
"""Rows written to the shop's first database that its second one may not have yet."""
