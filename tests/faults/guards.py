"""The guards of the queue: how each is taken out of the source, and the test that must then fail."""

from dataclasses import dataclass

SQL, SWEEPING = "apps/automation/queue/sql.py", "apps/automation/queue/sweeper.py"
OUTCOMES, ORDINARY = "apps/automation/queue/outcomes.py", "apps/automation/queue/portable.py"
CLAIMING, FAST = "apps/automation/queue/claims.py", "apps/automation/queue/postgresql.py"
LEASES, WRITING = "apps/tasks/leases.py", "apps/tasks/services/writing.py"
ACCESS, SETTINGS = "apps/tasks/access/visibility.py", "taskhub/settings.py"
LATE = "tests/automation/test_late_writes.py::test_outcome_of_an_old_lease_leaves_no_trace"
RACES, TASK = "tests/concurrency/test_races.py", "tests/concurrency/test_one_task.py"


@dataclass(frozen=True)
class Guard:
    """`patches` are (file, text, what stands there without the guard); the text must be there exactly once."""

    name: str
    test: str
    patches: tuple[tuple[str, str, str], ...]
    on: str = "sqlite"

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


GUARDS = [
    Guard(
        "token in the WHERE of a completion",
        f"{LATE}[complete plainly-repeated]",
        ((SQL, "t.status = 'in_progress' AND t.lease_token = g.token", "t.status = 'in_progress'"),),
        on="postgres",
    ),
    Guard(
        "token in the WHERE of a heartbeat",
        f"{LATE}[heartbeat-repeated]",
        ((SQL, "t.application_id = %(application)s AND t.lease_token = g.token\n  AND (t.privacy",
          "t.application_id = %(application)s\n  AND (t.privacy"),),
        on="postgres",
    ),
    Guard(
        "token asked before a failure",
        f"{LATE}[fail-repeated]",
        ((OUTCOMES, 'if bytes(task.lease_token or b"") == item.token_hash:', "if task.lease_token is not None:"),),
    ),
    Guard(
        "token asked before a completion by the services",
        f"{LATE}[complete plainly-repeated]",
        ((ORDINARY, 'or bytes(task.lease_token or b"") != item.token_hash:', "or not task.lease_token:"),),
    ),
    Guard(
        "token in a heartbeat of the services",
        f"{LATE}[heartbeat-repeated]",
        ((LEASES, "filter(pk=task, lease_token=token_hash)", "filter(pk=task)"),),
    ),
    Guard(
        "digest of an outcome",
        "tests/automation/test_outcomes.py::test_another_outcome_is_refused",
        ((OUTCOMES, 'if bytes(task.outcome_digest or b"") == _digest(what, item):', "if what:"),),
    ),
    Guard(
        "status and row lock in a claim",
        f"{RACES}::test_64_claims_of_20_tasks_get_each_once",
        ((SQL, "LIMIT f.most FOR NO KEY UPDATE SKIP LOCKED) t", "LIMIT f.most) t"),
         (SQL, "v.id = t.type_version_id AND t.status = 'new' AND", "v.id = t.type_version_id AND")),
        on="postgres",
    ),
    Guard(
        "lock and row of a claim_id",
        f"{RACES}::test_one_claim_id_from_many_gets_the_same_tasks",
        ((SQL, "SELECT pg_advisory_xact_lock(%(call_lock)s)", "SELECT %(call_lock)s::bigint"),
         (SQL, "note_claim=NOTE_CLAIM if repeatable else UNREPEATABLE", "note_claim=UNREPEATABLE")),
        on="postgres",
    ),
    Guard(
        "digest of a claim_id",
        "tests/automation/test_claim.py::test_repeat_with_another_body_is_refused",
        ((CLAIMING, "if not hmac.compare_digest(bytes(known.digest), request.digest):", "if False:"),),
    ),
    Guard(
        "digest of an Idempotency-Key",
        "tests/api/test_idempotency.py::test_another_body_is_a_mismatch",
        (("apps/api/idempotency.py", "if bytes(record.body_digest) != digest:", "if False:"),),
    ),
    Guard(
        "count under max_concurrency held",
        f"{RACES}::test_max_concurrency_holds_against_64",
        ((FAST, '.order_by("name").select_for_update(no_key=True)', '.order_by("name")'),),
        on="postgres",
    ),
    Guard(
        "count under max_concurrency",
        "tests/automation/test_claim.py::test_max_concurrency_is_kept",
        ((ORDINARY, "room = request.most if limit is None else", "room = request.most if True else"),),
    ),
    Guard(
        "start_at in the promotion",
        "tests/concurrency/test_claimers.py",
        ((SQL, "    AND start_at <= strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now') AND (privacy", "    AND (privacy"),),
    ),
    Guard(
        "compare-and-set of the sweeper",
        f"{RACES}::test_without_the_second_look_both_would_win",
        ((SWEEPING, "leases.expired().filter(pk=pk, lease_token=bytes(token))", "Task.objects.filter(pk=pk)"),),
    ),
    Guard(
        "end of the lease in the sweep",
        "tests/concurrency/test_lost_workers.py::test_living_worker_keeps_its_task",
        ((LEASES, "lease_token__isnull=False, lease_expires_at__lt=Now()", "lease_token__isnull=False"),),
    ),
    Guard(
        "row lock and conditional UPDATE of services",
        f"{RACES}::test_one_of_64_transitions_happens",
        ((ACCESS, 'return query.select_for_update(of=("self",)) if lock else query', "return query"),
         (WRITING, "filter(pk=task.pk, sequence=task.revision, status=expected or task.status)", "filter(pk=task.pk)")),
        on="postgres",
    ),
    Guard(
        "unique index of external_id",
        f"{TASK}::test_one_external_id_makes_one_task",
        (("apps/tasks/migrations/0001_initial.py",
          "fields=('container', 'created_by_application', 'external_id')", "fields=('id', 'external_id')"),),
        on="postgres",
    ),
    Guard(
        "end of transactions that stand still",
        "tests/concurrency/test_sweepers.py::test_sweeper_that_hangs_with_a_task_is_cut_off",
        ((SETTINGS, " -c idle_in_transaction_session_timeout=5s", ""),),
        on="postgres",
    ),
    Guard(
        "limit of waiting for a row",
        "tests/faults/test_hot_row.py",
        ((SETTINGS, " -c lock_timeout=3s", ""),),
        on="postgres",
    ),
    Guard(
        "a dead broker raises nothing",
        "tests/core/test_background.py::test_dead_broker_is_asked_once_and_raises_nothing",
        (("apps/core/background.py", "except Exception as error:  # each", "except KeyError as error:  # each"),),
    ),
    Guard(
        "fence of a whole run of killed workers",
        "tests/faults/test_kills.py",
        ((SQL, "t.status = 'in_progress' AND t.lease_token = g.token", "t.status = 'in_progress'"),
         (OUTCOMES, 'if bytes(task.lease_token or b"") == item.token_hash:', "if task.lease_token is not None:")),
        on="postgres",
    ),
]  # fmt: skip
