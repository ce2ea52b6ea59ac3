"""The queue's set-based SQL on PostgreSQL: one statement claims, one completes, one keeps leases.

Each says by itself what `services/writing.py` does row by row: status, stage, revision, times, lease, and the event
in the same statement. A test proves that its status edges are among those of the lifecycle.
"""

EDGES = {("new", "in_progress"), ("in_progress", "complete")}
"""The status edges that these statements write."""

# The stage in which a task stands in the new status: it stays if its stage names it or none does (stages.py).
STAGE = """CASE WHEN v.stage_map->'status'->>t.stage = '{status}' THEN t.stage
    ELSE COALESCE(v.stage_map->'first'->>'{status}', t.stage) END"""

RANK = """CASE WHEN v.stage_map->'status'->>t.stage = '{status}' OR v.stage_map->'first'->>'{status}' IS NULL
      OR v.stage_map->'first'->>'{status}' = t.stage THEN t.rank
    ELSE (extract(epoch FROM clock_timestamp()) * 1000000)::bigint END"""

EVENT = """INSERT INTO events_event (id, type, time, actor, task_id, container_id, application_id, sequence, audience,
    correlation_id, data)
  SELECT m.event, 'task.status_changed', statement_timestamp(), %(actor)s, m.id, m.container_id, m.application_id,
    m.sequence, 'task', m.correlation_id, jsonb_build_object('changes', CASE WHEN m.stage = m.stage_before
      THEN jsonb_build_object('status', '["{before}", "{after}"]'::jsonb)
      ELSE jsonb_build_object('status', '["{before}", "{after}"]'::jsonb,
        'stage', jsonb_build_array(m.stage_before, m.stage)) END)
  FROM moved m"""

# The hash of the token of this delivery: the HMAC of `leases.token_for`, spelled in SQL.
FENCE = r"""sha256(convert_to(rtrim(translate(encode(substr(sha256(%(outer)s::bytea ||
    sha256(%(inner)s::bytea || uuid_send(t.id) || convert_to((t.delivery + 1)::text, 'UTF8'))), 1, 16),
    'base64'), '+/', '-_'), '='), 'UTF8'))"""

# With `held` the functions that have a `max_concurrency` are locked by this transaction and `mosts` says what is
# left of each; without it the statement does nothing if there is such a function, and says so in `limited`. Nor does
# it do anything if it finds a task of a type with automatic transitions (`settling`): services must then claim; nor if
# a function is not of the claim's mode (`foreign_mode`).
CLAIM = """
WITH turn AS MATERIALIZED (
  {turn}
), named AS MATERIALIZED (
  SELECT f.name, f.mode, f.lease_seconds, f.time_limit, f.max_concurrency, n.most
  FROM unnest(%(functions)s::text[], %(mosts)s::int[]) AS n(name, most)
  JOIN automation_function f ON f.name = n.name AND f.application_id = %(application)s
  JOIN actors_application a ON a.id = f.application_id AND a.active
  WHERE EXISTS (SELECT 1 FROM turn)
), found AS MATERIALIZED (
  SELECT t.id, t.priority, t.start_at, t.stage, t.type_version_id, f.lease_seconds, f.time_limit
  FROM named f, LATERAL (
    SELECT id, priority, start_at, stage, type_version_id FROM tasks_task
    WHERE queued AND application_id = %(application)s AND function = f.name
      AND (privacy <> 'private' OR app_readable)
    ORDER BY priority DESC, start_at, id LIMIT f.most FOR NO KEY UPDATE SKIP LOCKED) t
  WHERE (%(held)s OR NOT EXISTS (SELECT 1 FROM named WHERE max_concurrency IS NOT NULL))
    AND NOT EXISTS (SELECT 1 FROM named WHERE mode <> %(mode)s)
), settling AS MATERIALIZED (
  SELECT EXISTS (SELECT 1 FROM found f JOIN containers_typeversion v ON v.id = f.type_version_id
    WHERE v.stage_map ? 'automatic') AS here
), chosen AS MATERIALIZED (
  SELECT *, row_number() OVER (ORDER BY priority DESC, start_at, id)::int AS place FROM found
  WHERE NOT (SELECT here FROM settling) ORDER BY priority DESC, start_at, id LIMIT {most}
), opened AS (
  {opened}
), moved AS (
  UPDATE tasks_task t SET
    status = 'in_progress', status_changed_at = statement_timestamp(), updated_at = statement_timestamp(),
    queued = false, failover_at = NULL,
    stage = {stage}, rank = {rank}, sequence = t.sequence + (%(steps)s::int[])[c.place], delivery = t.delivery + 1,
    lease_token = {fence}, lease_claim = %(kept_claim)s, lease_worker = %(worker)s,
    lease_deadline = statement_timestamp() + make_interval(secs => c.time_limit),
    lease_expires_at = statement_timestamp()
      + make_interval(secs => LEAST(COALESCE(%(lease_seconds)s::int, c.lease_seconds), c.time_limit))
  FROM chosen c, containers_typeversion v
  WHERE t.id = c.id AND v.id = t.type_version_id AND t.status = 'new' AND EXISTS (SELECT 1 FROM opened)
  RETURNING {columns}, c.stage AS stage_before, (%(events)s::uuid[])[c.place] AS event, c.place
), told AS (
  {event}
)
SELECT (SELECT bool_or(max_concurrency IS NOT NULL) FROM named) AS limited, (SELECT here FROM settling) AS settling,
  (SELECT bool_or(mode <> %(mode)s) FROM named) AS foreign_mode,
  {moved_columns}
FROM (VALUES (1)) AS always(one) LEFT JOIN moved m ON true ORDER BY m.place
"""

OPENED = """INSERT INTO automation_claim AS known (application_id, claim_id, digest, created_at)
  SELECT %(application)s, %(claim)s, %(digest)s, statement_timestamp() FROM chosen LIMIT 1
  ON CONFLICT (application_id, claim_id) DO UPDATE SET digest = excluded.digest, created_at = excluded.created_at
    WHERE known.created_at < statement_timestamp() - make_interval(secs => %(repeatable_for)s)
  RETURNING 1"""
# A call repeated while the first is under way waits for it, and then finds what that one got.
TURN = "SELECT pg_advisory_xact_lock(%(turn)s)"
UNREPEATABLE = "SELECT 1"

COMPLETE = """
WITH given AS MATERIALIZED (
  SELECT * FROM unnest(%(tasks)s::uuid[], %(tokens)s::bytea[], %(results)s::jsonb[], %(digests)s::bytea[],
    %(steps)s::int[], %(events)s::uuid[]) AS g(id, token, result, digest, step, event)
), moved AS (
  UPDATE tasks_task t SET
    status = 'complete', status_changed_at = statement_timestamp(), updated_at = statement_timestamp(),
    cancel_requested = false,
    stage = {stage}, rank = {rank}, sequence = t.sequence + g.step, result = g.result, error = NULL,
    lease_token = NULL, lease_expires_at = NULL, lease_deadline = NULL, lease_claim = NULL, lease_worker = NULL,
    progress = NULL, outcome_token = g.token, outcome_digest = g.digest
  FROM given g, tasks_task o, containers_typeversion v
  WHERE t.id = g.id AND o.id = g.id AND v.id = t.type_version_id
    AND t.application_id = %(application)s AND t.status = 'in_progress' AND t.lease_token = g.token
    AND (t.privacy <> 'private' OR t.app_readable) AND NOT v.stage_map ? 'automatic'
  RETURNING t.id, t.container_id, t.application_id, t.sequence, t.correlation_id, t.stage,
    o.stage AS stage_before, g.event
), told AS (
  {event}
)
SELECT id FROM moved
"""

# `updated_at` and `sequence` stay: not every reader of a task sees its lease. No index covers what is written.
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

# The rows are found once and for all: a subquery in the WHERE may be run again for each row, and pass its limit.
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


def claim_statement(columns: list[str], *, most: int, repeatable: bool) -> str:
    """The claim of at most so many tasks, answering these columns of each.

    `most` stands in the text: the plan is kept, and must know that few rows of a long queue are meant.
    """
    return CLAIM.format(
        most=int(most),
        turn=TURN if repeatable else UNREPEATABLE,
        opened=OPENED if repeatable else UNREPEATABLE,
        stage=STAGE.format(status="in_progress"),
        rank=RANK.format(status="in_progress"),
        fence=FENCE,
        columns=", ".join(f"t.{column}" for column in columns),
        moved_columns=", ".join(f"m.{column}" for column in columns),
        event=EVENT.format(before="new", after="in_progress"),
    )


def complete_statement() -> str:
    """The fast completion."""
    return COMPLETE.format(
        stage=STAGE.format(status="complete"),
        rank=RANK.format(status="complete"),
        event=EVENT.format(before="in_progress", after="complete"),
    )
