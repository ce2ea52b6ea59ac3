"""The same in plain SQL, one statement each, without TaskHub: what the database gives at most."""

import json
import os
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import psycopg

from benchmarks.load import Step

EVENT = """INSERT INTO events_event
    (id, type, time, actor, task_id, container_id, application_id, sequence, audience, data)
  SELECT gen_random_uuid(), 'task.status_changed', now(), 'bench', id, container_id, application_id, sequence, 'task',
    '{"changes": {}}' FROM moved"""
CLAIM = f"""
WITH chosen AS MATERIALIZED (
  SELECT id FROM tasks_task WHERE queued AND application_id = %s AND function = %s
  ORDER BY priority DESC, start_at, id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
), moved AS (
  UPDATE tasks_task t SET status = 'in_progress', queued = false, stage = 'doing', delivery = delivery + 1,
    lease_token = sha256(uuid_send(t.id)), lease_expires_at = now() + interval '60 s', sequence = sequence + 1,
    updated_at = now(), status_changed_at = now()
  FROM chosen WHERE t.id = chosen.id RETURNING t.*
), recorded AS ({EVENT})
SELECT * FROM moved"""
COMPLETE = f"""
WITH moved AS (
  UPDATE tasks_task t SET status = 'complete', stage = 'done', result = u.result, lease_token = NULL,
    lease_expires_at = NULL, sequence = sequence + 1, updated_at = now(), status_changed_at = now()
  FROM unnest(%s::uuid[], %s::jsonb[]) u(id, result)
  WHERE t.id = u.id AND t.status = 'in_progress' AND t.lease_token = sha256(uuid_send(u.id)) RETURNING t.*
), recorded AS ({EVENT})
SELECT id FROM moved"""
COLUMNS = """created_at, updated_at, status, title, description, status_changed_at, stage, rank, fields, function,
  priority, start_at, tags, privacy, app_readable, previous_errors, retry_for_task_ids, passages, retry_base,
  cancel_requested, sequence, queued, delivery, application_id, container_id, type_version_id,
  created_by_application_id"""
CREATE = f"""
WITH moved AS (
  INSERT INTO tasks_task (id, newest, key, {COLUMNS})
  SELECT %(id)s, %(id)s, %(key)s, {COLUMNS.replace("queued", "false").replace("status,", "'new',", 1)}
  FROM tasks_task WHERE id = %(like)s RETURNING *
), recorded AS ({EVENT})
SELECT id FROM moved"""


class Raw:
    """Steps on connections of their own, on the tables of a run."""

    def __init__(self, database: str, function: str) -> None:
        self.database, self.function = database, function
        with self.connect() as connection:
            row = connection.execute("SELECT id FROM actors_application WHERE name = 'bench'").fetchone()
            self.application: UUID = row[0]  # type: ignore[index]

    def connect(self) -> "psycopg.Connection[Any]":
        return psycopg.connect(self.database, autocommit=True, prepare_threshold=2)

    def claim_and_complete(self, batch: int) -> Callable[[], Step]:
        def make() -> Step:
            connection = self.connect()

            def step() -> int:
                rows = connection.execute(CLAIM, [self.application, self.function, batch]).fetchall()
                ids = [row[0] for row in rows]
                if ids:
                    connection.execute(COMPLETE, [ids, ['{"ok": true}'] * len(ids)]).fetchall()
                return len(ids)

            return step

        return make

    def create(self, like: UUID) -> Callable[[], Step]:
        def make() -> Step:
            connection = self.connect()

            def step() -> int:
                parameters = {"id": uuid4(), "key": os.urandom(6).hex(), "like": like}
                return len(connection.execute(CREATE, parameters).fetchall())

            return step

        return make

    def read(self, task: UUID) -> Callable[[], Step]:
        return self._select("SELECT * FROM tasks_task WHERE id = %s", [task])

    def page(self) -> Callable[[], Step]:
        text = "SELECT * FROM tasks_task WHERE application_id = %s AND status = 'new' ORDER BY id DESC LIMIT 25"
        return self._select(text, [self.application])

    def _select(self, text: str, parameters: list[Any]) -> Callable[[], Step]:
        def make() -> Step:
            connection = self.connect()

            def step() -> int:
                rows = connection.execute(text, parameters).fetchall()
                json.dumps(rows, default=str)
                return 1

            return step

        return make
