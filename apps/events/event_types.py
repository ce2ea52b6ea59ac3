"""The closed list of event types. They are public: integrators subscribe to them by name.

The line below each type says what happened, and what the event's `data` carries; docs/integrators.md lists the same
lines, and a test compares them. In `data`, `changes` maps the name of a property (`fields.NAME` for a field) to its
value before and after; who reads an event gets only the names that they may see. `did` says which step of several.
"""

# --- Tasks: events with a task's id, numbered per task by `sequence` ---

TASK_CREATED = "task.created"
"""A task was made: `title`, `type`, `stage`; the attempt after a retry has `title` and `retry_of`, the id before."""
TASK_UPDATED = "task.updated"
"""Properties or fields of a task changed, by whatever did it (an edit, an outcome, a move, a migration): `changes`."""
TASK_STATUS_CHANGED = "task.status_changed"
"""The lifecycle moved a task: `changes` has `status`, and `stage` if that followed."""
TASK_STAGE_CHANGED = "task.stage_changed"
"""A task moved to another stage: `changes` has `stage`."""
TASK_FAILED = "task.failed"
"""A task failed and nothing will retry it: `id`, `function_name`, `error`."""
TASK_SKIPPED = "task.skipped"
"""Somebody skipped a task, so that it counts as no failure: `id`, `function_name`, `error`."""
TASK_HANDED_OVER = "task.handed_over"
"""A person or team was asked: `handover`, `to`, `reason`, and `asked`, the names of the fields."""
TASK_HANDOVER_CHANGED = "task.handover_changed"
"""A handover went on: `handover`, `did` (claimed, released, delegated, escalated, resolved, reminded, declined,
withdrawn, expired); `before` and `to` if it went to somebody else; perhaps `comment`."""
TASK_SUBMITTED = "task.submitted"
"""A handover was answered: `handover`, `action`, `effect`, `comment`, `changes`; `receipt` if a person answered."""
TASK_NOTED = "task.noted"
"""Somebody wrote a note: `note`, `kind`; `did` is failed_over for the note of a fail-over. The text is not in it."""
TASK_ATTACHED = "task.attached"
"""A file was attached: `attachment`, `kind`, `name`, `size`, and `field` if it belongs to one."""
TASK_DETACHED = "task.detached"
"""A file was removed for good: the same keys."""
TASK_UPDATE_SCHEDULED = "task.update_scheduled"
"""A scheduled update went on: `scheduled_update`, `did` (planned, dropped, done, refused), `at`, `planned`; a refusal
has `by`, `code`, `error`."""
TASK_LINKED = "task.linked"
"""A task was linked to another: `kind`, `link`. It exists for those who see both tasks."""
TASK_GRANTED = "task.granted"
"""Somebody was let see a task, or no longer: `did` (granted, revoked), `to`."""
TASK_OPENED = "task.opened"
"""An administrator looked into a task by break-glass: `did` (opened, closed), `reason`, `until`."""

# --- Rules and transitions on a task: with a task's id, but for the last ---

RULE_EMITTED = "rule.emitted"
"""The action `emit` of a rule or transition ran: `name`, `data`, as its author wrote them."""
RULE_NOTIFIED = "rule.notified"
"""The action `notify` ran: `to`, `message`."""
RULE_FAILED = "rule.failed"
"""A rule, or a transition that happens by itself, could not be done: `error`, and `rule` or `transition`, its name."""
RULE_CHANGED = "rule.changed"
"""A rule was made, changed or deleted: `did` (created, changed, deleted), `container`, `name`."""

# --- Containers, types, functions, accounts ---

CONTAINER_CHANGED = "container.changed"
"""A container or its members changed: `did` (created, changed, deleted, member_set, member_removed,
manager_appointed), `container`; `changes`, `member`, `role` or `reason`; `tasks_opened`, if more people see tasks."""
TYPE_CHANGED = "type.changed"
"""A task type was published or retired, or a migration of its tasks began: `did` (published, retired,
migration_started), `container`, `name`, `version`."""
FUNCTION_CHANGED = "function.changed"
"""A function was declared, changed or deleted: `did` (created, changed, deleted, secret_rotated), `name`."""
FUNCTION_TICK = "function.tick"
"""A schedule ticked: `function`, `at`, `task` (its id) or `error`; `skipped_from` if ticks before it were skipped."""
SCHEDULE_FAILED = "schedule.failed"
"""The tick of a schedule could not make its task, and the one before could: `function`, `at`, `error`."""
FUNCTION_UNATTENDED = "function.unattended"
"""Tasks of a function are ready and no worker asks for them: `name`, `since`, `last_seen`."""
FUNCTION_ATTENDED = "function.attended"
"""A worker asks for the tasks of an unattended function again: `name`, `since`."""
FUNCTION_PAUSED = "function.paused"
"""A function was paused, or its pause changed: `name`, `reason`, `until`; `failures` if its breaker did it."""
FUNCTION_RESUMED = "function.resumed"
"""A paused function goes on, by somebody or because its time was over: `name`, `since`."""
OPERATION_CHANGED = "operation.changed"
"""An operation over many tasks went on: `operation`, its `kind`, `author`, `did` (started, stopped, resumed, held)."""
OPERATION_SETTLED = "operation.settled"
"""An operation is done, and all that it did has settled: `operation`, its `kind`, `author`, `did`."""
ACCOUNT_CHANGED = "account.changed"
"""A user, team, application or key was made or changed: `did`, `name`; `changed`, `groups`, `joined`, `left`, `added`,
`removed`, `prefix` or `reason`."""

ALL = frozenset(value for name, value in dict(globals()).items() if name.isupper() and isinstance(value, str))
