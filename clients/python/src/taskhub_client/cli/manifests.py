"""`taskhub apply`: push an application's manifest, or see what pushing it would change."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from taskhub_client.client import Client

from .output import Output


def add_to(commands: Any) -> None:
    """The command and its options."""
    apply = commands.add_parser("apply", help="push a manifest (YAML or JSON)", description=__doc__)
    apply.add_argument("file", help="the manifest; - reads it from stdin")
    apply.add_argument("--dry-run", action="store_true", help="only say what would change")
    apply.set_defaults(run=_apply)


def _apply(client: Client, options: argparse.Namespace, output: Output) -> None:
    answer = client.apply(read(options.file), dry_run=options.dry_run)
    if output.as_json:
        output.thing(answer)
        return
    output.rows(answer["changes"], ["change", "kind", "container", "name", "version", "what"])
    for left in answer["unmanaged"]:
        print(f"not in the manifest: {left['kind']} {left['name']} {left['container'] or ''}".rstrip())
    changed = sum(change["change"] != "unchanged" for change in answer["changes"])
    print(f"{changed} would change; nothing was done." if options.dry_run else f"{changed} changed.")


def read(name: str) -> dict[str, Any]:
    """The document of a file; YAML needs PyYAML. Raises ValueError for what is no document."""
    text = sys.stdin.read() if name == "-" else Path(name).read_text()
    document = _json(text) if name.endswith(".json") else _yaml(text, name)
    if not isinstance(document, dict):
        raise ValueError(f"{name} is not a manifest: it must be one mapping.")
    return document


def _json(text: str) -> Any:
    return json.loads(text)


def _yaml(text: str, name: str) -> Any:
    """JSON is YAML too, and needs no PyYAML."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        import yaml
    except ImportError:
        raise ValueError("YAML needs PyYAML: install taskhub-client[yaml], or write JSON.") from None
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"{name} is not YAML: {error}") from None
