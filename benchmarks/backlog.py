"""A long history and a long queue: millions of tasks, written straight into the tables of a run."""

from uuid import UUID

import psycopg

AT_ONCE = 250_000
KINDS = {
    "ready": {
        "status": "'new'", "queued": "true", "stage": "'todo'", "function": "'bench'", "priority": "n %% 5 - 2",
        "start_at": "statement_timestamp() - make_interval(secs => n %% 3600)",
    },
    "ended": {
        "status": "(ARRAY['complete', 'complete', 'complete', 'failed', 'retried'])[1 + n %% 5]", "queued": "false",
        "stage": "'done'", "function": "CASE WHEN n %% 2 = 0 THEN 'bench' ELSE 'bench-' || n %% 20 END",
        "result": "'{\"ok\": true}'::jsonb",
        "status_changed_at": "statement_timestamp() - make_interval(secs => n %% 2592000)",
    },
}  # fmt: skip
"""What differs from the task that is copied, by what it becomes; `n` counts."""


def grow(database: str, like: UUID, **counts: int) -> None:
    """Make so many `ready` and `ended` tasks that are else like one. Indexes are made anew: rows come quicker so."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        definitions = _take_indexes(connection)
        for kind, count in counts.items():
            for first in range(0, count, AT_ONCE):
                _insert(connection, KINDS[kind], like, first, min(first + AT_ONCE, count))
        connection.execute("SET maintenance_work_mem = '1GB'")
        for definition in definitions:
            connection.execute(definition.encode())
        connection.execute("VACUUM ANALYZE tasks_task")
        connection.execute("CHECKPOINT")


def _take_indexes(connection: "psycopg.Connection[tuple[str, ...]]") -> list[str]:
    """Drop those that are no constraint; how each is made."""
    rows = connection.execute(
        """SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
        WHERE indrelid = 'tasks_task'::regclass AND indexrelid NOT IN (SELECT conindid FROM pg_constraint)"""
    ).fetchall()
    for name, _ in rows:
        connection.execute(f"DROP INDEX {name}".encode())
    return [definition for _, definition in rows]


def _insert(
    connection: "psycopg.Connection[tuple[str, ...]]", columns: dict[str, str], like: UUID, first: int, end: int
) -> None:
    given = {"id": "made.id", "newest": "made.id", "key": "NULL", **columns}
    rows = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'tasks_task' ORDER BY ordinal_position"
    )
    columns = [name for (name,) in rows]
    values = ", ".join(given.get(name, f"t.{name}") for name in columns)
    statement = f"""INSERT INTO tasks_task ({", ".join(columns)}) SELECT {values} FROM tasks_task t,
      (SELECT gen_random_uuid() AS id, n FROM generate_series(%(first)s::int, %(last)s::int) n) made
      WHERE t.id = %(like)s"""
    connection.execute(statement.encode(), {"like": like, "first": first, "last": end - 1})
