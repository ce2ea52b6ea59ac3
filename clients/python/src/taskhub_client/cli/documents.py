"""Documents that people write: JSON, or YAML 1.2 read strictly. Needs PyYAML for YAML, and nothing for JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def read(name: str) -> dict[str, Any]:
    """The document of a file, or of stdin for `-`. Raises ValueError for a text that is no document."""
    text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    try:
        document = _json(text, name) if name.endswith(".json") else _yaml(text, name)
    except RecursionError:
        raise ValueError(f"{name} is nested too deeply.") from None
    if not isinstance(document, dict):
        raise ValueError(f"{name} is not a manifest: it must be one mapping.")
    return document


def _json(text: str, name: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_members)
    except json.JSONDecodeError as error:
        raise ValueError(f"{name} is not JSON: {error}") from None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"A key stands twice in one object of the document: {', '.join(twice)}.")
    return members


def _yaml(text: str, name: str) -> Any:
    """JSON is YAML too, and needs no PyYAML."""
    try:
        return json.loads(text, object_pairs_hook=_members)
    except ValueError:
        pass
    try:
        from . import strict_yaml
    except ImportError:
        raise ValueError("YAML needs PyYAML: install taskhub-client[yaml], or write JSON.") from None
    return strict_yaml.load(text, name)
