"""The queue's set-based SQL: one statement claims, one completes, one keeps leases, one promotes what became due.

On PostgreSQL the first three do by themselves what `tasks/services/writing.py` does row by row: status, stage,
revision, times, lease, and the event in the same statement. A test proves that their status edges are among those of
the lifecycle, and another one that every statement with EVENT leaves out the rows that are HEARD.

Each statement is a dict of its CTEs in order, so that a comment can stand beside each one without being sent. Three
kinds of marks stand in the texts: `%(name)s` is a value that each call sends, `{name}` is a fragment or a number that
is part of the text (and so of the plan), and `%%` is a percent sign.
"""

from collections.abc import Mapping

from apps.containers.schema import ASK_FOR_MORE

EDGES = {("new", "in_progress"), ("in_progress", "complete")}
"""The status edges that these statements write."""

# --- Fragments --------------------------------------------------------------------------------------------

# Rows whose every change must be heard inside the transaction (IN_TRANSACTION): tasks of a run, and tasks of types
# with automatic transitions. Only services call the listeners, so statements leave such rows to them.
# `t` is the task, `v` the version of its type.
HEARD = "(t.run_id IS NOT NULL OR v.stage_map ? 'automatic')"

# Tasks that may lack something that their type asks of a complete task: a condition decides, or a required field has
# no value that is plainly one (a number, true or false, a text with a letter or digit, a list that is not empty).
# Services decide then. Versions that were published before `stage_map` had `whole` are judged by their document.
INCOMPLETE = """(CASE WHEN v.stage_map ? 'whole' THEN v.stage_map ? 'conditions'
    ELSE v.spec->'schema' ?| ARRAY[{conditions}] END
  OR EXISTS (
    SELECT 1 FROM jsonb_array_elements_text(
      CASE WHEN v.stage_map ? 'whole' THEN v.stage_map->'required' ELSE v.spec->'schema'->'required' END) AS asked(name)
    WHERE NOT COALESCE(CASE jsonb_typeof(t.fields->asked.name)
      WHEN 'number' THEN true WHEN 'boolean' THEN true WHEN 'string' THEN t.fields->>asked.name ~ '[A-Za-z0-9]'
      WHEN 'array' THEN t.fields->asked.name <> '[]' WHEN 'object' THEN t.fields->asked.name <> '{{}}' END, false)))"""

# The stage of the task in its new status: it stays if that stage is one of the status, or if the status has none;
# else it is the first of the status (containers/type_document/stages.py: stage_after).
STAGE = """CASE WHEN v.stage_map->'status'->>t.stage = '{status}' THEN t.stage
    ELSE COALESCE(v.stage_map->'first'->>'{status}', t.stage) END"""

# The place in the board column: it stays while the stage stays, else it is the end of the column, which is the time
# in microseconds (writing.new_rank).
RANK = """CASE WHEN v.stage_map->'status'->>t.stage = '{status}' OR v.stage_map->'first'->>'{status}' IS NULL
      OR v.stage_map->'first'->>'{status}' = t.stage THEN t.rank
    ELSE (extract(epoch FROM clock_timestamp()) * 1000000)::bigint END"""

# One `task.status_changed` for each row of `moved`, as `writing.move` records it. The only place that names the table
# of events: who runs a statement with it hints the dispatch (postgresql.py).
EVENT = """INSERT INTO events_event (id, type, time, actor, task_id, container_id, application_id, sequence, audience,
    correlation_id, data)
  SELECT m.event, 'task.status_changed', statement_timestamp(), %(actor)s, m.id, m.container_id, m.application_id,
    m.sequence, 'task', m.correlation_id, jsonb_build_object('changes', CASE WHEN m.stage = m.stage_before
      THEN jsonb_build_object('status', '["{before}", "{after}"]'::jsonb)
      ELSE jsonb_build_object('status', '["{before}", "{after}"]'::jsonb,
        'stage', jsonb_build_array(m.stage_before, m.stage)) END)
  FROM moved m"""

# The hash of this delivery's lease token: the HMAC of `leases.token_for`, written in SQL. `inner` and `outer` are the
# two padded keys of HMAC (RFC 2104), made of the key of this claim; the token is never sent to the database.
LEASE_HASH = r"""sha256(convert_to(rtrim(translate(encode(substr(sha256(%(outer)s::bytea ||
    sha256(%(inner)s::bytea || uuid_send(t.id) || convert_to((t.delivery + 1)::text, 'UTF8'))), 1, 16),
    'base64'), '+/', '-_'), '='), 'UTF8'))"""

# --- Claim ------------------------------------------------------------------------------------------------

# The statement runs in one of two ways. By itself (`in_unit` false) it claims nothing if a function has a
# `max_concurrency` or a chosen row is HEARD, and answers `needs_unit`. Run again inside a unit of work (`in_unit`
# true), where the rows of limited functions are locked and `mosts` has what is left of each, it claims all but the
# HEARD rows: those it only locks, and answers their ids in `for_services`.
CLAIM = {
    # A call that repeats another one waits until that one has committed, and then finds what it got.
    "call AS MATERIALIZED": "{lock_call}",
    # The functions that the call names and the application has, with how many tasks of each are wanted at most.
    # An application that is switched off has none. `EXISTS (SELECT 1 FROM call)` orders the two: nothing is read
    # before the lock of the call is held.
    "named AS MATERIALIZED": """
  SELECT f.name, f.mode, f.lease_seconds, f.time_limit, f.max_concurrency, n.most
  FROM unnest(%(functions)s::text[], %(mosts)s::int[]) AS n(name, most)
  JOIN automation_function f ON f.name = n.name AND f.application_id = %(application)s
  JOIN actors_application a ON a.id = f.application_id AND a.active
  WHERE EXISTS (SELECT 1 FROM call)""",
    # The first tasks of each function in queue order, locked; those that another claim holds are skipped, so claims
    # never wait for each other. Nothing is looked at if a function is of another mode (pull or push) than the claim, or
    # limits concurrency outside of a unit.
    # LATERAL with a LIMIT for each function: one short range scan of the index `queued` each, however long the queues
    # are; one ORDER BY over all functions would sort them whole. FOR NO KEY UPDATE lets others insert rows that refer
    # to the task meanwhile. A private task that its application cannot read stands in the queue, and is never given.
    "ready AS MATERIALIZED": """
  SELECT t.id, t.priority, t.start_at, t.stage, t.type_version_id, f.lease_seconds, f.time_limit, {heard} AS heard
  FROM named f CROSS JOIN LATERAL (
    SELECT id, priority, start_at, stage, type_version_id, run_id FROM tasks_task
    WHERE queued AND application_id = %(application)s AND function = f.name
      AND (privacy <> 'private' OR app_readable)
    ORDER BY priority DESC, start_at, id LIMIT f.most FOR NO KEY UPDATE SKIP LOCKED) t
  JOIN containers_typeversion v ON v.id = t.type_version_id
  WHERE (%(in_unit)s OR NOT EXISTS (SELECT 1 FROM named WHERE max_concurrency IS NOT NULL))
    AND NOT EXISTS (SELECT 1 FROM named WHERE mode <> %(mode)s)""",
    # The first of them all, numbered: `number` picks each one's revision step and event id from the sent arrays. Rows
    # that are locked but not chosen are free again when the statement ends.
    "chosen AS MATERIALIZED": """
  SELECT *, row_number() OVER (ORDER BY priority DESC, start_at, id)::int AS number FROM ready
  WHERE %(in_unit)s OR NOT EXISTS (SELECT 1 FROM ready WHERE heard)
  ORDER BY priority DESC, start_at, id LIMIT {most}""",
    # The claim is noted if it got something and may be repeated. No row means that it was made before.
    "opened AS": "{note_claim}",
    # The tasks start: what `portable._lease` and `writing.move_all` write. The rows are locked since `ready`;
    # `status` is asked again as every UPDATE of a status does. `failover_at` goes, since somebody took the task in
    # time. The lease ends by the clock of the database, at the function's time limit at the latest (LEAST leaves NULL
    # out). RETURNING gives the columns after the change, and what the event needs from before it.
    "moved AS": """
  UPDATE tasks_task t SET
    status = 'in_progress', status_changed_at = statement_timestamp(), updated_at = statement_timestamp(),
    queued = false, failover_at = NULL,
    stage = {stage}, rank = {rank}, sequence = t.sequence + (%(steps)s::int[])[c.number], delivery = t.delivery + 1,
    lease_token = {lease_hash}, lease_claim = %(stored_claim)s, lease_worker = %(worker)s,
    lease_deadline = statement_timestamp() + make_interval(secs => c.time_limit),
    lease_expires_at = statement_timestamp()
      + make_interval(secs => LEAST(COALESCE(%(lease_seconds)s::int, c.lease_seconds), c.time_limit))
  FROM chosen c, containers_typeversion v
  WHERE t.id = c.id AND v.id = t.type_version_id AND t.status = 'new' AND NOT c.heard
    AND EXISTS (SELECT 1 FROM opened)
  RETURNING {columns}, c.stage AS stage_before, (%(events)s::uuid[])[c.number] AS event, c.number""",
    "recorded AS": "{event}",
}

# One row for each task in queue order, or one row without a task: the first columns are there in any case.
CLAIMED = """
SELECT NOT %(in_unit)s AND (EXISTS (SELECT 1 FROM named WHERE max_concurrency IS NOT NULL)
    OR EXISTS (SELECT 1 FROM ready WHERE heard)) AS needs_unit,
  EXISTS (SELECT 1 FROM named WHERE mode <> %(mode)s) AS foreign_mode,
  (SELECT array_agg(id) FROM chosen WHERE heard AND EXISTS (SELECT 1 FROM opened)) AS for_services,
  {moved_columns}
FROM (VALUES (1)) AS always(one) LEFT JOIN moved m ON true ORDER BY m.number
"""

# `call_lock` is made of the application and the claim_id.
LOCK_CALL = "SELECT pg_advisory_xact_lock(%(call_lock)s)"
# A claim_id that is still known makes no row, unless it is older than `repeatable_for` seconds: then it begins anew.
NOTE_CLAIM = """INSERT INTO automation_claim AS known (application_id, claim_id, digest, created_at)
  SELECT %(application)s, %(claim)s, %(digest)s, statement_timestamp() FROM chosen LIMIT 1
  ON CONFLICT (application_id, claim_id) DO UPDATE SET digest = excluded.digest, created_at = excluded.created_at
    WHERE known.created_at < statement_timestamp() - make_interval(secs => %(repeatable_for)s)
  RETURNING 1"""
# The same for one claim, on either database, with every value sent.
NOTE_ONE_CLAIM = """INSERT INTO automation_claim AS known (application_id, claim_id, digest, created_at)
  VALUES (%s, %s, %s, %s)
  ON CONFLICT (application_id, claim_id) DO UPDATE SET digest = excluded.digest, created_at = excluded.created_at
    WHERE known.created_at < %s"""
# In place of both for a claim without a claim_id of the caller's.
UNREPEATABLE = "SELECT 1"

# --- Complete ---------------------------------------------------------------------------------------------

COMPLETE = {
    # The batch as a table: a task, the hash of the token, the result, and what makes the outcome repeatable.
    "given AS MATERIALIZED": """
  SELECT * FROM unnest(%(tasks)s::uuid[], %(tokens)s::bytea[], %(results)s::jsonb[], %(digests)s::bytea[],
    %(steps)s::int[], %(events)s::uuid[]) AS g(id, token, result, digest, step, event)""",
    # The tasks whose lease is current end: what `outcome.finish` and `writing.move` write. The lease, the worker's
    # progress and a requested cancel go, the outcome stays. `o` is the same row as it was before, for its stage.
    # A row that is not current, not there for the application, HEARD or INCOMPLETE is not among the answered ones.
    "moved AS": """
  UPDATE tasks_task t SET
    status = 'complete', status_changed_at = statement_timestamp(), updated_at = statement_timestamp(),
    cancel_requested = false,
    stage = {stage}, rank = {rank}, sequence = t.sequence + g.step, result = g.result, error = NULL,
    lease_token = NULL, lease_expires_at = NULL, lease_deadline = NULL, lease_claim = NULL, lease_worker = NULL,
    progress = NULL, outcome_token = g.token, outcome_digest = g.digest
  FROM given g, tasks_task o, containers_typeversion v
  WHERE t.id = g.id AND o.id = g.id AND v.id = t.type_version_id
    AND t.application_id = %(application)s AND t.status = 'in_progress' AND t.lease_token = g.token
    AND (t.privacy <> 'private' OR t.app_readable) AND NOT {heard} AND NOT {incomplete}
  RETURNING t.id, t.container_id, t.application_id, t.sequence, t.correlation_id, t.stage,
    o.stage AS stage_before, g.event""",
    "recorded AS": "{event}",
}
COMPLETED = "SELECT id FROM moved"

# --- Heartbeat --------------------------------------------------------------------------------------------

# Each current lease of the batch ends later, but never after its deadline (the time limit of the function). Progress
# and checkpoint change only where the item has one. `updated_at` and `sequence` stay, and no event is recorded: not
# every reader of a task sees its lease. No index covers a column that is written, so the update stays in its page.
# A lease that is not current gives no row. Answered: the lease, its end, whether a cancel is requested, whether the
# deadline has passed, and whose lease it is.
HEARTBEAT = """
UPDATE tasks_task t SET
  lease_expires_at = LEAST(statement_timestamp() + make_interval(secs => g.seconds), t.lease_deadline),
  progress = COALESCE(g.progress, t.progress), checkpoint = COALESCE(g.checkpoint, t.checkpoint)
FROM unnest(%(tasks)s::uuid[], %(tokens)s::bytea[], %(seconds)s::int[], %(progress)s::jsonb[], %(checkpoints)s::jsonb[])
  AS g(id, token, seconds, progress, checkpoint)
WHERE t.id = g.id AND t.application_id = %(application)s AND t.lease_token = g.token
  AND (t.privacy <> 'private' OR t.app_readable)
RETURNING t.id, g.token, t.lease_expires_at, t.cancel_requested,
  COALESCE(t.lease_deadline <= statement_timestamp(), false), t.lease_worker, t.function
"""

# --- Promote ----------------------------------------------------------------------------------------------

# Tasks whose `start_at` has come become claimable. No status changes, so no event is recorded. On PostgreSQL the rows
# are chosen once: a subquery in the WHERE may be run again for each row, and pass its limit.
PROMOTE = {
    "postgresql": """
WITH late AS MATERIALIZED (
  SELECT id FROM tasks_task
  WHERE status = 'new' AND NOT queued AND function IS NOT NULL AND start_at <= statement_timestamp()
    AND (privacy <> 'private' OR app_readable)
  ORDER BY start_at LIMIT %s FOR NO KEY UPDATE SKIP LOCKED)
UPDATE tasks_task t SET queued = true,
  failover_at = statement_timestamp() + make_interval(secs => t.failover_after)
FROM late WHERE t.id = late.id AND t.status = 'new' AND NOT t.queued
RETURNING t.application_id, t.function""",
    "sqlite": """
UPDATE tasks_task SET queued = true,
  failover_at = strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now', '+' || failover_after || ' seconds')
WHERE id IN (
  SELECT id FROM tasks_task WHERE status = 'new' AND NOT queued AND function IS NOT NULL
    AND start_at <= strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now') AND (privacy <> 'private' OR app_readable)
  ORDER BY start_at LIMIT %s)
RETURNING application_id, function""",
}

# --- The texts --------------------------------------------------------------------------------------------


def claim_statement(columns: list[str], *, most: int, repeatable: bool) -> str:
    """The claim of at most so many tasks, answering these columns of each.

    `most` stands in the text: the plan is cached, and must know that few rows of a long queue are meant.
    """
    return _statement(CLAIM, CLAIMED).format(
        most=int(most),
        lock_call=LOCK_CALL if repeatable else UNREPEATABLE,
        note_claim=NOTE_CLAIM if repeatable else UNREPEATABLE,
        heard=HEARD,
        stage=STAGE.format(status="in_progress"),
        rank=RANK.format(status="in_progress"),
        lease_hash=LEASE_HASH,
        columns=", ".join(f"t.{column}" for column in columns),
        moved_columns=", ".join(f"m.{column}" for column in columns),
        event=EVENT.format(before="new", after="in_progress"),
    )


def complete_statement() -> str:
    """The completion of a batch without values and notes."""
    return _statement(COMPLETE, COMPLETED).format(
        heard=HEARD,
        incomplete=INCOMPLETE.format(conditions=", ".join(f"'{keyword}'" for keyword in sorted(ASK_FOR_MORE))),
        stage=STAGE.format(status="complete"),
        rank=RANK.format(status="complete"),
        event=EVENT.format(before="in_progress", after="complete"),
    )


def _statement(ctes: Mapping[str, str], end: str) -> str:
    return "WITH " + ",\n".join(f"{head} ({text})" for head, text in ctes.items()) + "\n" + end
