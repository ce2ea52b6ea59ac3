"""Differences between a manifest and TaskHub: what applying it changes, and what pruning deletes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from taskhub_client.client import Client
from taskhub_client.declared import Applied, Unmanaged

LAST = ("rule", "type", "member", "function", "container")
"""The order of deletions: what refers to others goes first."""


def differs(answer: Applied) -> bool:
    """Whether TaskHub differs from the manifest, or has more."""
    return bool(answer["unmanaged"]) or any(change["change"] != "unchanged" for change in answer["changes"])


def plan_of(manifest: Mapping[str, Any], answer: Applied) -> str:
    """A name for exactly these changes and deletions by this manifest: it is another one when anything differs."""
    changes = [change for change in answer["changes"] if change["change"] != "unchanged"]
    text = json.dumps([manifest, changes, answer["unmanaged"]], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def delete(client: Client, row: Unmanaged) -> None:
    """Delete something that the manifest does not name; a type is retired. Raises Refused."""
    container, name = row["container"] or "", row["name"]
    if row["kind"] == "rule":
        client.delete_rule(container, name)
    elif row["kind"] == "type":
        client.delete_type(container, name)
    elif row["kind"] == "member":
        client.remove_member(container, name)
    elif row["kind"] == "function":
        client.delete_function(name)
    elif row["kind"] == "container":
        client.delete_container(name)
    else:
        raise ValueError(f"This version of the client cannot delete a {row['kind']}: {name}.")


def in_order(rows: list[Unmanaged]) -> list[Unmanaged]:
    """In the order in which they can be deleted."""
    return sorted(rows, key=lambda row: LAST.index(row["kind"]) if row["kind"] in LAST else len(LAST))
