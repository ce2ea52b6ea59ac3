"""`taskhub apply` pushes an application's manifest or shows the differences; `taskhub export` writes one.

With --prune, things that the manifest does not name are deleted. That takes two calls: the first prints the plan and
its name, the second (--plan NAME) does exactly this plan and refuses if anything has changed meanwhile.
With --exit-code the exit status is 4 if TaskHub differed from the manifest, or had more.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from taskhub_client.client import Client
from taskhub_client.declared import Applied, Unmanaged
from taskhub_client.errors import Refused

from . import documents, drift, exporting
from .output import Output

DIFFERENT = 4


def add_to(commands: Any) -> None:
    """The commands and their options."""
    apply = commands.add_parser(
        "apply",
        help="push a manifest (YAML or JSON)",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    apply.add_argument("file", help="the manifest; - reads it from stdin")
    apply.add_argument("--dry-run", action="store_true", help="only show what would change")
    apply.add_argument("--exit-code", action="store_true", help="end with 4 if TaskHub differed from the manifest")
    apply.add_argument("--prune", action="store_true", help="delete what the manifest does not name, by a plan")
    apply.add_argument("--plan", help="the name of the plan that --prune printed")
    apply.set_defaults(run=_apply)
    export = commands.add_parser("export", help="write a manifest of what the application has")
    export.add_argument("--format", choices=("yaml", "json"), default="yaml")
    export.set_defaults(run=_export)


def _apply(client: Client, options: argparse.Namespace, output: Output) -> int:
    if options.plan and not options.prune:
        raise ValueError("--plan names a plan of --prune: give both.")
    manifest = documents.read(options.file)
    if options.prune:
        answer, plan, done = _prune(client, manifest, options)
    else:
        answer, plan, done = client.apply(manifest, dry_run=options.dry_run), None, not options.dry_run
    _print(answer, output, plan=plan, done=done, prune=options.prune)
    return DIFFERENT if options.exit_code and drift.differs(answer) else 0


def _prune(client: Client, manifest: dict[str, Any], options: argparse.Namespace) -> tuple[Applied, str, bool]:
    """The differences and the name of their plan, and whether the plan was done. Raises ValueError for another plan."""
    answer = client.apply(manifest, dry_run=True)
    plan = drift.plan_of(manifest, answer)
    if options.dry_run or not options.plan:
        return answer, plan, False
    if options.plan != plan:
        raise ValueError(f"The plan is another one by now: {plan}. Look at it without --plan, then name it.")
    unmanaged = answer["unmanaged"]
    answer = client.apply(manifest)
    for row in drift.in_order(unmanaged):
        _delete(client, row)
    return {**answer, "unmanaged": unmanaged}, plan, True


def _delete(client: Client, row: Unmanaged) -> None:
    try:
        drift.delete(client, row)
    except Refused as refused:
        print(f"taskhub: {row['kind']} {row['name']} stays: {refused.detail}", file=sys.stderr)
        raise


def _print(answer: Applied, output: Output, *, plan: str | None, done: bool, prune: bool) -> None:
    if output.as_json:
        output.thing({**answer, "plan": plan, "done": done} if plan else answer)
        return
    output.rows(answer["changes"], ["change", "kind", "container", "name", "version", "what"])
    words = ("deleted" if done else "to delete") if prune else "not in the manifest"
    for row in answer["unmanaged"]:
        print(f"{words}: {row['kind']} {row['name']} {row['container'] or ''}".rstrip())
    changed = sum(change["change"] != "unchanged" for change in answer["changes"])
    print(f"{changed} changed." if done else f"{changed} would change; nothing was done.")
    if plan and not done:
        print(f"Plan {plan}: repeat the command with --plan {plan} to do it.")


def _export(client: Client, options: argparse.Namespace, output: Output) -> None:
    manifest = exporting.manifest_of(client)
    if options.format == "json" or output.as_json:
        print(json.dumps(manifest, indent=2, ensure_ascii=False))
        return
    try:
        from . import strict_yaml
    except ImportError:
        raise ValueError("YAML needs PyYAML: install taskhub-client[yaml], or use --format json.") from None
    print(strict_yaml.dump(manifest), end="")
