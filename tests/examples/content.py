"""What a database holds, for comparing."""

from examples.db_migration.databases import Connection, Row
from examples.db_migration.tables import TABLES


def content(side: Connection) -> dict[str, list[Row]]:
    """Every row of every table, in key order."""
    return {table.name: side.query(table.select_sql("id > 0 ORDER BY id")) for table in TABLES}
