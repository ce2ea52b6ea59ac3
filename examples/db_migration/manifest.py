"""What this application declares to TaskHub: its container, its types, its functions.

    python -m examples.db_migration.manifest      prints the document

Pushing it again changes nothing; the worker does so at every start.
"""

from __future__ import annotations

import json
from typing import Any

from .config import Config, default_data_dir, load
from .questions import ANSWERED, CONTAINER, DBA_TEAM

Manifest = dict[str, Any]

FAILOVER = {
    "to": DBA_TEAM,
    "message": "The automation cannot go on by itself. Put right what the work note says, then return it.",
    "actions": ["return", "complete", "cancel"],
}

RETRY = {"enabled": True, "errors_to_retry": [], "max_retries": 5, "delays": [2, 5, 10]}

STAGES = [
    {"name": "requested", "title": "Requested", "category": "todo", "status": "new"},
    {"name": "planned", "title": "Planned", "category": "todo"},
    {"name": "working", "title": "Being worked on", "category": "doing", "status": "in_progress"},
    {"name": "asked", "title": "Waiting for an answer", "category": "waiting"},
    {"name": "stuck", "title": "With the DBA team", "category": "waiting", "status": "handed_over"},
    {"name": "done", "title": "Done", "category": "done", "status": "complete"},
    {"name": "stopped", "title": "Stopped", "category": "done", "status": "canceled"},
]
"""A migration that waits has given its task back: it puts its card into `planned` or `asked` itself."""

ASK_STAGES = [
    {**stage, "status": "handed_over"} if stage["name"] == "asked" else stage
    for stage in STAGES
    if stage["name"] not in ("planned", "stuck")
]
"""Questions stand in the same columns of the board."""

FUNCTIONS = {
    "migration.run": "Does a migration, phase after phase.",
    "migration.sync": "Brings what was written meanwhile and watches the lag.",
    ANSWERED: "Looks at an answer for real.",
}


def manifest(config: Config, *, unclaimed_after: int = 90, lease_seconds: int = 15) -> Manifest:
    """The whole application in one document. A task that no worker takes in time goes to the DBA team."""
    failover = {**FAILOVER, "after": unclaimed_after}
    types = {
        "migration": _migration(config, failover),
        "start-time": _start_time(failover),
        "shop-change": _shop_change(failover),
        "sync": _sync(failover),
    }
    container = {"title": "Database migrations", "everyone": "requester", "members": {DBA_TEAM: "contributor"}}
    return {
        "functions": {name: _function(text, lease_seconds) for name, text in FUNCTIONS.items()},
        "containers": {CONTAINER: {**container, "types": types}},
    }


def _function(description: str, lease_seconds: int) -> dict[str, Any]:
    return {"mode": "pull", "description": description, "lease_seconds": lease_seconds, "retry_policy": RETRY}


def _migration(config: Config, failover: dict[str, Any]) -> dict[str, Any]:
    choices = [{"const": one.name, "title": one.title} for one in config.databases.values()]
    return {
        "title": "Database migration",
        "schema": {
            "type": "object",
            "required": ["source", "target"],
            "additionalProperties": False,
            "properties": {
                "source": {
                    "type": "string",
                    "title": "Source",
                    "oneOf": choices,
                    "description": "The database that the shop writes to now.",
                },
                "target": {
                    "type": "string",
                    "title": "Target",
                    "oneOf": choices,
                    "description": "The database that it shall use from then on.",
                },
            },
        },
        "create": {"by": "requester", "fields": ["source", "target"]},
        "function": "migration.run",
        "failover": {**failover, "fields": ["target"]},
        "stages": STAGES,
    }


def _start_time(failover: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": "Start time",
        "schema": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "start": {
                    "type": "string",
                    "title": "Start",
                    "oneOf": [{"const": "now", "title": "Now"}, {"const": "at", "title": "At a time"}],
                },
                "start_at": {
                    "type": "string",
                    "format": "date-time",
                    "title": "Time",
                    "description": "It must be in the future.",
                    "ui:showIf": {"field": "start", "equals": "at"},
                },
            },
            "if": {"properties": {"start": {"const": "at"}}, "required": ["start"]},
            "then": {"required": ["start_at"]},
        },
        "function": ANSWERED,
        "failover": failover,
        "stages": ASK_STAGES,
    }


def _shop_change(failover: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": "Change at the shop",
        "schema": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"command": {"type": "string", "title": "Command"}},
        },
        "function": ANSWERED,
        "failover": failover,
        "stages": ASK_STAGES,
    }


def _sync(failover: dict[str, Any]) -> dict[str, Any]:
    """Invisible to people until it fails over: only then a wider privacy is allowed."""
    return {
        "title": "Sync of what was written meanwhile",
        "schema": {"type": "object", "additionalProperties": False, "properties": {}},
        "default_privacy": "application",
        "function": "migration.sync",
        "failover": {**failover, "privacy": "inherit"},
    }


if __name__ == "__main__":
    print(json.dumps(manifest(load(default_data_dir())), indent=2))
