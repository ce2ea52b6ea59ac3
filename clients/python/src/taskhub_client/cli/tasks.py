"""`taskhub tasks`: look at tasks and act on them."""

from __future__ import annotations

import argparse
import json
from itertools import islice
from typing import Any

from taskhub_client.client import Client

from .output import Output

COLUMNS = ["key", "status", "stage", "container", "type", "title"]
FILTERS = ("container", "type", "status", "stage", "function", "assignee", "reporter", "tag", "correlation_id", "q")
ACTIONS = {
    "cancel": "cancel a task; one that is executed is asked to stop",
    "retry": "retry a failed task: a new one takes over",
    "reopen": "let a task that has ended begin again",
    "start": "start a task without a lease",
}
PARTS = {
    "events": ("what happened to a task", ["time", "type", "actor", "data"]),
    "attempts": ("its attempts, oldest first", ["id", "status", "created_at", "error"]),
    "notes": ("its notes", ["created_at", "kind", "author", "text"]),
}


def add_to(commands: Any) -> None:
    """The commands and their options."""
    tasks = commands.add_parser("tasks", help="look at tasks and act on them", description=__doc__)
    actions = tasks.add_subparsers(metavar="ACTION", required=True)
    _add_list(actions)
    _add_create(actions)
    _add(actions, "show", "one task", _show)
    for name, text in ACTIONS.items():
        action = _add(actions, name, text, _act)
        if name == "cancel":
            action.add_argument("--note", help="why; those who work on the task read it")
        action.set_defaults(action=name)
    for name, (text, columns) in PARTS.items():
        _add(actions, name, text, _part).set_defaults(part=name, columns=columns)


def _add(actions: Any, name: str, text: str, run: Any) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = actions.add_parser(name, help=text)
    command.add_argument("task", help="its key or id")
    command.set_defaults(run=run)
    return command


def _add_list(actions: Any) -> None:
    listing = actions.add_parser("list", help="the tasks that match")
    for name in FILTERS:
        listing.add_argument(f"--{name.replace('_', '-')}", dest=name, help="several with commas")
    listing.add_argument("--filter", action="append", default=[], type=_pair, help="NAME=VALUE, say fields.rows__gt=5")
    listing.add_argument("--order", help="say -priority")
    listing.add_argument("--limit", type=int, default=50, help="at most so many (50)")
    listing.set_defaults(run=_list)


def _add_create(actions: Any) -> None:
    create = actions.add_parser("create", help="make a task")
    for name in ("container", "type", "function", "title", "external_id", "correlation_id", "start_at"):
        create.add_argument(f"--{name.replace('_', '-')}", dest=name)
    create.add_argument("--priority", type=int)
    create.add_argument("--field", action="append", default=[], type=_value, help="NAME=VALUE, JSON or a text")
    create.add_argument("--data", type=json.loads, help="JSON, the input of the function")
    create.set_defaults(run=_create)


def _list(client: Client, options: argparse.Namespace, output: Output) -> None:
    filters = {name: getattr(options, name) for name in (*FILTERS, "order")} | dict(options.filter)
    found = client.tasks(limit=min(options.limit, 200), **filters)
    output.rows(islice(found, options.limit), COLUMNS)


def _show(client: Client, options: argparse.Namespace, output: Output) -> None:
    output.thing(client.task(options.task))


def _create(client: Client, options: argparse.Namespace, output: Output) -> None:
    names = ("container", "type", "function", "title", "external_id", "correlation_id", "start_at", "priority", "data")
    body = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    if options.field:
        body["fields"] = dict(options.field)
    _tell(output, client.create_task(body))


def _act(client: Client, options: argparse.Namespace, output: Output) -> None:
    more = {"note": options.note} if options.action == "cancel" else {}
    _tell(output, getattr(client, f"{options.action}_task")(options.task, **more))


def _part(client: Client, options: argparse.Namespace, output: Output) -> None:
    output.rows(getattr(client, options.part)(options.task), options.columns)


def _tell(output: Output, task: Any) -> None:
    if output.as_json:
        output.thing(task)
    else:
        output.rows([task], COLUMNS)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError("write NAME=VALUE")
    return name, value


def _value(text: str) -> tuple[str, Any]:
    name, value = _pair(text)
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
