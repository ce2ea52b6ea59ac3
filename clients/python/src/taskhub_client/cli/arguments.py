"""Arguments that commands have in common."""

from __future__ import annotations

import argparse
import json
from typing import Any


def add_task(actions: Any, name: str, text: str, run: Any) -> argparse.ArgumentParser:
    """A command about one task."""
    command: argparse.ArgumentParser = actions.add_parser(name, help=text, description=text)
    command.add_argument("task", help="its key or id")
    command.set_defaults(run=run)
    return command


def add_fields(command: argparse.ArgumentParser) -> None:
    """`--field`, which may be given several times."""
    command.add_argument("--field", action="append", default=[], type=value, help="NAME=VALUE, JSON or a text")


def pair(text: str) -> tuple[str, str]:
    """`NAME=VALUE`."""
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError("write NAME=VALUE")
    return name, value


def value(text: str) -> tuple[str, Any]:
    """`NAME=VALUE` with a value that is JSON, or else a text."""
    name, given = pair(text)
    try:
        return name, json.loads(given)
    except ValueError:
        return name, given
