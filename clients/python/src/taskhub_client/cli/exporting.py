"""A manifest of what an application has: applying it changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from taskhub_client.client import Client
from taskhub_client.errors import Refused
from taskhub_client.shapes import Json

READ_ONLY = {
    "container": ("slug", "application", "role", "created_at", "updated_at", "archived_at", "changed"),
    "type": ("container", "name", "application", "version", "retired_at", "created_at", "updated_at", "changed",
             "breaking", "differences"),
    "function": ("name", "secret", "changed"),
    "rule": ("container", "name", "author", "runs", "changed"),
}  # fmt: skip
"""Keys that answers have and pushes do not take. Keys that a newer TaskHub adds are recognised by its refusal."""
MOST_TRIES = 10


def manifest_of(client: Client) -> Json:
    """The document. Raises Refused if TaskHub does not take back what it answered."""
    me = client.me()["name"]
    functions = {row["name"]: _body("function", row) for row in client.functions()}
    own = [row for row in client.containers() if row["application"] == me and row["slug"] != f"app-{me}"]
    containers = {row["slug"]: _container(client, row["slug"], row, f"application:{me}") for row in own}
    manifest: Json = {"application": me, "functions": functions, "containers": containers}
    for _ in range(MOST_TRIES):
        try:
            client.apply(manifest, dry_run=True)
        except Refused as refused:
            unknown = [problem.pointer for problem in refused.errors if problem.code == "unknown_field"]
            if not unknown:
                raise
            for pointer in unknown:
                _remove(manifest, pointer)
        else:
            break
    return manifest


def _container(client: Client, slug: str, row: Mapping[str, Any], me: str) -> Json:
    live = (kind for kind in client.types(slug) if not kind["retired_at"])
    parts: Json = {
        "members": {member["member"]: member["role"] for member in client.members(slug)},
        "types": {kind["name"]: _body("type", kind) for kind in live},
        "rules": {rule["name"]: _body("rule", rule) for rule in client.rules(slug) if rule["author"] == me},
    }
    return {**_body("container", row), **{name: part for name, part in parts.items() if part}}


def _body(kind: str, row: Mapping[str, Any]) -> Json:
    body = {name: value for name, value in row.items() if name not in READ_ONLY[kind] and value is not None}
    if isinstance(schedule := body.get("schedule"), dict):
        body["schedule"] = {name: value for name, value in schedule.items() if name != "next_at"}
    return body


def _remove(document: Any, pointer: str) -> None:
    """Removes what a JSON Pointer leads to."""
    *way, last = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    for step in way:
        document = document[int(step)] if isinstance(document, list) else document[step]
    del document[int(last) if isinstance(document, list) else last]
