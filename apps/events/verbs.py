"""The closed list of event types. They are public: integrators subscribe to them by name."""

TASK_CREATED = "task.created"
TASK_UPDATED = "task.updated"
TASK_STATUS_CHANGED = "task.status_changed"
TASK_STAGE_CHANGED = "task.stage_changed"
TASK_FAILED = "task.failed"
TASK_HANDED_OVER = "task.handed_over"
TASK_HANDOVER_CHANGED = "task.handover_changed"
TASK_SUBMITTED = "task.submitted"
TASK_NOTED = "task.noted"
TASK_LINKED = "task.linked"
TASK_GRANTED = "task.granted"
CONTAINER_CHANGED = "container.changed"
TYPE_CHANGED = "type.changed"
FUNCTION_CHANGED = "function.changed"
ACCOUNT_CHANGED = "account.changed"

ALL = frozenset(value for name, value in dict(globals()).items() if name.isupper() and isinstance(value, str))
