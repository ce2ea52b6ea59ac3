"""`taskhub failures` groups what failed; `taskhub operations` repairs many tasks at once.

`begin` prints the plan, asks, and begins it; --wait follows it to its end and exits with 1 unless all of it went well.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping
from itertools import islice
from typing import Any

from taskhub_client.client import Client

from .arguments import add_fields, pair
from .output import Output

BADLY = 1
PAUSE = 1.0
"""Seconds between two looks at an operation."""
COUNTS = ("matched", "done", "refused", "settled_ok", "settled_bad", "running", "left")
GROUPS = ["count", "last_seen", "container", "type", "type_version", "function", "step", "error"]
COLUMNS = ["id", "kind", "state", "by", *COUNTS]
ITEMS = ["task", "outcome", "code", "detail", "at"]
OUTCOMES = ("done", "refused", "settled_ok", "settled_bad")
STEPS = {"stop": "work on no further task", "resume": "go on with what was stopped, or held by its canary"}


def add_to(commands: Any) -> None:
    """The commands and their options."""
    failures = commands.add_parser("failures", help="what failed, in groups", description="What failed, in groups.")
    failures.add_argument("--since", help="as in 2026-11-21T09:30:00Z (seven days ago)")
    failures.set_defaults(run=_failures)
    operations = commands.add_parser("operations", help="repair many tasks at once", description=__doc__)
    actions = operations.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="yours, and those of applications that you own, newest first")
    listing.add_argument("--limit", type=int, default=50, help="at most so many (50)")
    listing.set_defaults(run=_list)
    _add_one(actions, "show", "one operation and its counts").set_defaults(run=_show)
    items = _add_one(actions, "items", "what it did to each task")
    items.add_argument("--outcome", help=f"several with commas: {', '.join(OUTCOMES)}")
    items.set_defaults(run=_items)
    for name, text in STEPS.items():
        _add_one(actions, name, text).set_defaults(run=_step, step=name)
    _add_begin(actions)


def _add_one(actions: Any, name: str, text: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = actions.add_parser(name, help=text, description=text)
    command.add_argument("operation", metavar="ID")
    return command


def _add_begin(actions: Any) -> None:
    text = "plan an operation, and begin it"
    begin = actions.add_parser("begin", help=text, description=text)
    begin.add_argument("kind", help="retry, skip, cancel, fail_over, reassign, set_fields")
    which = begin.add_mutually_exclusive_group(required=True)
    which.add_argument("--filter", action="append", type=pair, help="NAME=VALUE, as in function=mail.send; all hold")
    which.add_argument("--id", action="append", help="the id of a task; several times")
    add_fields(begin)
    begin.add_argument("--to", help="for reassign: user:NAME")
    begin.add_argument("--reason", help="why; who sees the operation reads it")
    begin.add_argument("--canary", type=_canary, help="NUMBER:SHARE, as in 20:0.95: try so many first")
    begin.add_argument("--max-per-second", type=int, help="at most so many tasks")
    begin.add_argument("--yes", action="store_true", help="do not ask")
    begin.add_argument("--wait", action="store_true", help="until all of it has settled")
    begin.set_defaults(run=_begin)


def _canary(text: str) -> dict[str, Any]:
    first, _colon, share = text.partition(":")
    try:
        return {"first": int(first), "min_ok": float(share)}
    except ValueError:
        raise argparse.ArgumentTypeError("write NUMBER:SHARE, as in 20:0.95") from None


def _failures(client: Client, options: argparse.Namespace, output: Output) -> None:
    found = client.failures(options.since)
    if output.as_json:
        output.thing(found)
    else:
        output.rows(found["results"], GROUPS)


def _list(client: Client, options: argparse.Namespace, output: Output) -> None:
    output.rows(islice(client.operations(), options.limit), COLUMNS)


def _show(client: Client, options: argparse.Namespace, output: Output) -> None:
    output.thing(client.operation(options.operation))


def _items(client: Client, options: argparse.Namespace, output: Output) -> None:
    output.rows(client.operation_items(options.operation, options.outcome), ITEMS)


def _step(client: Client, options: argparse.Namespace, output: Output) -> None:
    output.thing(getattr(client, f"{options.step}_operation")(options.operation))


def _begin(client: Client, options: argparse.Namespace, output: Output) -> int:
    which = {"filter": dict(options.filter)} if options.filter else {"ids": options.id}
    what = {**which, "fields": dict(options.field) or None, "to": options.to}
    plan = client.plan_operation(options.kind, **what)
    if not output.as_json:
        _show_plan(plan)
    if not plan["matched"]:
        raise ValueError("Nothing was done: no task matches.")
    if not options.yes and not _is_wanted(plan):
        raise ValueError("Nothing was done.")
    how = {name: getattr(options, name) for name in ("reason", "canary", "max_per_second")}
    operation = client.begin_operation(options.kind, plan["plan"], **what, **how)
    if options.wait:
        operation = _follow(client, operation, output)
    output.thing(operation)
    return BADLY if options.wait and _went_badly(operation) else 0


def _show_plan(plan: Mapping[str, Any]) -> None:
    print(f"{plan['matched']} tasks match.")
    for row in plan["excluded"]:
        print(f"{row['count']} excluded, {row['why']}: {', '.join(row['sample'])}")


def _is_wanted(plan: Mapping[str, Any]) -> bool:
    """Asks on stderr, for stdout may be read by a program. No answer is a no."""
    print(f"{plan['kind']} {plan['matched']} tasks? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _follow(client: Client, operation: dict[str, Any], output: Output) -> dict[str, Any]:
    """The operation when nothing is left to wait for; its counts are printed as they change."""
    before = None
    while True:
        line = f"{operation['state']}: " + ", ".join(f"{operation[name]} {name}" for name in COUNTS)
        if line != before and not output.as_json:
            print(line, flush=True)
        if _is_over(operation):
            return operation
        before = line
        time.sleep(PAUSE)
        operation = client.operation(operation["id"])


def _is_over(operation: Mapping[str, Any]) -> bool:
    """Also when it goes no further without somebody's word."""
    return operation["state"] == "done" or (operation["state"] in ("held", "stopped") and not operation["running"])


def _went_badly(operation: Mapping[str, Any]) -> bool:
    return bool(operation["state"] != "done" or operation["refused"] or operation["settled_bad"])
