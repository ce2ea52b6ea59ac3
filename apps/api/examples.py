"""One example for the body of each operation, by its operationId, as the OpenAPI document shows them.

They tell one story: an application moves a database, and asks the DBA team. A test reads each of them as its call does.
"""

from apps.core.json_types import Json, JsonObject

_TASK = "01936b3e-8c1f-7a52-9d3e-5f6a7b8c9d0e"
_HANDOVER = "01936b3f-02aa-7c11-8f00-1a2b3c4d5e6f"
_LEASE: JsonObject = {"task": _TASK, "token": "3q2-7wF1cXtX4oPp0ZJm4g"}
_ASK: JsonObject = {
    "key": "approval",
    "to": "team:dba",
    "title": "Move orders to the new cluster?",
    "message": "The copy is 12 rows behind.",
    "fields": [{"name": "cutover_at", "required": True, "label": "Start of the cut-over"}],
    "actions": [
        {"name": "approve", "label": "Approve", "effect": "return"},
        {"name": "refuse", "label": "Refuse", "effect": "cancel", "needs_comment": True},
    ],
    "due_at": "2030-01-31T12:00:00Z",
    "reminders": [3600],
    "on_timeout": {"do": "escalate", "to": "user:ana", "due_in": 7200, "on_timeout": {"do": "return"}},
}
_NEW: JsonObject = {
    "container": "db-migrations",
    "type": "migration",
    "title": "Move orders",
    "fields": {"source": "orders-a", "target": "orders-b"},
    "external_id": "chg-42",
    "tags": ["orders"],
}
_FUNCTION: JsonObject = {
    "description": "Copies a database.",
    "mode": "pull",
    "lease_seconds": 60,
    "retry_policy": {"enabled": True, "max_retries": 3, "delays": [2, 5, 10]},
    "failover": {"to": "team:dba", "message": "The copy stopped.", "actions": ["return", "complete", "cancel"]},
}
_TYPE: JsonObject = {
    "title": "Database migration",
    "schema": {
        "type": "object",
        "required": ["source", "target"],
        "properties": {
            "source": {"type": "string", "title": "Source database"},
            "target": {"type": "string", "title": "Target database"},
            "cutover_at": {"type": "string", "format": "date-time", "title": "Start of the cut-over"},
        },
    },
    "create": {"by": "requester", "fields": ["source", "target"]},
    "function": "migration.copy",
}
_RULE: JsonObject = {
    "title": "Tell the DBA team",
    "on": ["task.failed"],
    "when": "task.priority > 5",
    "actions": [{"do": "notify", "to": "team:dba", "message": "A migration failed."}],
}
_CONTAINER: JsonObject = {"title": "Database migrations", "everyone": "requester"}
_ERROR: JsonObject = {"name": "ConnectionLost", "message": "The target does not answer.", "recoverable": True}
_SUBMIT: JsonObject = {"action": "approve", "fields": {"cutover_at": "2030-02-01T02:00:00Z"}, "comment": "At night."}

EXAMPLES: dict[str, Json] = {
    "put_manifest": {
        "application": "migrator",
        "functions": {"migration.copy": _FUNCTION},
        "containers": {
            "db-migrations": {
                **_CONTAINER,
                "members": {"team:dba": "contributor"},
                "types": {"migration": _TYPE},
                "rules": {"tell": _RULE},
            }
        },
    },
    "update_application": {"title": "Migrator"},
    "put_container": _CONTAINER,
    "update_container": {"description": "Every move of a database."},
    "put_member": {"role": "contributor"},
    "put_rule": _RULE,
    "test_rule": {"task": "MIG-7K3QF"},
    "put_type": _TYPE,
    "migrate_type": {"to_version": 2, "dry_run": True},
    "put_function": _FUNCTION,
    "execute_function": {"data": {"source": "orders-a"}, "timeout": 10},
    "pause_function": {"reason": "The mail server is down.", "until": "2030-01-31T12:00:00Z"},
    "resume_function": {},
    "rotate_secret": {},
    "create_task": {**_NEW, "priority": 5, "hand_over": {"to": "team:dba", "actions": ["submit"]}},
    "create_tasks": {"tasks": [_NEW], "atomic": True},
    "update_task": {"fields": {"target": "orders-c"}, "due_at": "2030-01-31T12:00:00Z"},
    "move_task": {"container": "archive", "confirm_widen": False},
    "complete_task": {"fields": {"target": "orders-b"}, "result": {"rows": 120_000}, "note": "Done by hand."},
    "fail_task": {"error": _ERROR, "note": "Seen in the log of the target."},
    "cancel_task": {"note": "No longer needed."},
    "skip_task": {"note": "The database is gone anyway."},
    "retry_task": {"fields": {"target": "orders-c"}},
    "hand_over_task": {**_ASK, "lease_token": "3q2-7wF1cXtX4oPp0ZJm4g"},
    "run_transition": {"input": {"reason": "The window is open."}, "note": "As agreed."},
    "create_note": {"text": "Starting the copy.", "kind": "work_note"},
    "create_link": {"kind": "blocks", "task": "MIG-8M4RG"},
    "put_grant": {"expires_at": "2030-01-31T12:00:00Z"},
    "create_scheduled_update": {"at": "2030-01-31T12:00:00Z", "set": {"priority": 9}},
    "create_operation": {
        "kind": "retry",
        "filter": {"function": "migration.copy", "status": "failed", "error": "ConnectionLost"},
        "plan": "opl_6f1c:1vPmWZ:5KJ",
        "reason": "The target answers again.",
        "canary": {"first": 20, "min_ok": 0.95},
        "max_per_second": 50,
    },
    "submit_handover": _SUBMIT,
    "submit_handovers": {"answers": [{"handover": _HANDOVER, **_SUBMIT}]},
    "put_draft": {"fields": {"cutover_at": "2030-02-01T02:00:00Z"}},
    "decline_handover": {"comment": "Ask the network team."},
    "delegate_handover": {"to": "user:ben", "returns": True},
    "resolve_handover": {"fields": {"cutover_at": "2030-02-01T02:00:00Z"}, "comment": "The night is free."},
    "take_next_handover": {"team": "team:dba"},
    "read_notifications": {"all": True},
    "claim_tasks": {
        "claim_id": "5f0c7f0e-6f0b-4d53-9a53-0f8b6f8a4c11",
        "worker": "copy-1",
        "functions": ["migration.copy"],
        "max": 10,
        "wait": 30,
    },
    "extend_leases": {
        "leases": [
            {
                **_LEASE,
                "extend_seconds": 60,
                "progress": {"percent": 40, "message": "Copying orders"},
                "checkpoint": {"last_id": 48_000},
            }
        ]
    },
    "complete_leases": {"results": [{**_LEASE, "fields": {"target": "orders-b"}, "result": {"rows": 120_000}}]},
    "fail_leases": {"failures": [{**_LEASE, "error": _ERROR}]},
    "release_leases": {"leases": [{**_LEASE, "start_at": "2030-01-31T12:00:00Z"}]},
    "confirm_cancels": {"leases": [{**_LEASE, "note": "Stopped after 48,000 rows."}]},
}
FILES: dict[str, Json] = {
    "application/octet-stream": "The bytes of the file.",
    "multipart/form-data": {"file": "The bytes of the file.", "name": "plan.pdf", "kind": "work_note"},
}
"""The same for bodies that are no JSON, by their media type."""
