"""`taskhub tasks`: look at tasks and act on them."""

from __future__ import annotations

import argparse
import json
from itertools import islice
from typing import Any

from taskhub_client.client import Client

from . import acting
from .arguments import add_fields, add_task, pair
from .output import COLUMNS, Output, show

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
    "attachments": ("its files", ["id", "name", "content_type", "size", "author"]),
    "notes": ("its notes", ["created_at", "kind", "author", "text"]),
}


def add_to(commands: Any) -> None:
    """The commands and their options."""
    tasks = commands.add_parser("tasks", help="look at tasks and act on them", description=__doc__)
    actions = tasks.add_subparsers(metavar="ACTION", required=True)
    _add_list(actions)
    _add_create(actions)
    add_task(actions, "show", "one task", _show)
    acting.add_to(actions)
    for name, text in ACTIONS.items():
        action = add_task(actions, name, text, _act)
        if name == "cancel":
            action.add_argument("--note", help="why; those who work on the task read it")
        action.set_defaults(action=name)
    for name, (text, columns) in PARTS.items():
        add_task(actions, name, text, _part).set_defaults(part=name, columns=columns)


def _add_list(actions: Any) -> None:
    listing = actions.add_parser("list", help="the tasks that match")
    for name in FILTERS:
        listing.add_argument(f"--{name.replace('_', '-')}", dest=name, help="several with commas")
    listing.add_argument("--filter", action="append", default=[], type=pair, help="NAME=VALUE, as in fields.rows__gt=5")
    listing.add_argument("--order", help="as in -priority")
    listing.add_argument("--limit", type=int, default=50, help="at most so many (50)")
    listing.set_defaults(run=_list)


def _add_create(actions: Any) -> None:
    create = actions.add_parser("create", help="make a task")
    for name in ("container", "type", "function", "title", "external_id", "correlation_id", "start_at"):
        create.add_argument(f"--{name.replace('_', '-')}", dest=name)
    create.add_argument("--priority", type=int)
    add_fields(create)
    create.add_argument("--data", type=json.loads, help="JSON, the input of the function")
    create.set_defaults(run=_create)


def _list(client: Client, options: argparse.Namespace, output: Output) -> None:
    filters = {name: getattr(options, name) for name in (*FILTERS, "order")} | dict(options.filter)
    rows = client.tasks(limit=min(options.limit, 200), **filters)
    output.rows(islice(rows, options.limit), COLUMNS)


def _show(client: Client, options: argparse.Namespace, output: Output) -> None:
    output.thing(client.task(options.task))


def _create(client: Client, options: argparse.Namespace, output: Output) -> None:
    names = ("container", "type", "function", "title", "external_id", "correlation_id", "start_at", "priority", "data")
    body = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    if options.field:
        body["fields"] = dict(options.field)
    show(output, client.create_task(body))


def _act(client: Client, options: argparse.Namespace, output: Output) -> None:
    more = {"note": options.note} if options.action == "cancel" else {}
    show(output, getattr(client, f"{options.action}_task")(options.task, **more))


def _part(client: Client, options: argparse.Namespace, output: Output) -> None:
    output.rows(getattr(client, options.part)(options.task), options.columns)
