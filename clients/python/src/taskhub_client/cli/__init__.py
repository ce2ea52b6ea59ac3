"""`taskhub`: TaskHub from the command line.

Exit status: 0 done, 1 TaskHub refused or an operation went badly (`operations begin --wait`), 2 wrong usage or nothing
done, 3 TaskHub did not answer, 4 different (`apply --exit-code`).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from taskhub_client.client import Client
from taskhub_client.encoding import UnwritableValue
from taskhub_client.errors import Refused, Unreachable
from taskhub_client.protocol import Retry

from . import doctor, manifests, repairing, tasks, working
from .output import Output

REFUSED, USAGE, UNREACHABLE = 1, 2, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; answers its exit status."""
    options = parser().parse_args(arguments)
    try:
        with client_of(options) as client:
            return options.run(client, options, Output(as_json=options.json)) or 0
    except Refused as refused:
        where = [f"request {refused.request_id}"] if refused.request_id else []
        words = f"{refused.status} {refused.code}: {refused.detail}"
        return _complain(words, [*refused.errors, *where], status=REFUSED)
    except Unreachable as away:
        return _complain(str(away), status=UNREACHABLE)
    except BrokenPipeError:  # the reader of the output has ended, as `head` does
        sys.stderr.close()
        return 0
    except (ValueError, OSError, UnwritableValue) as wrong:
        return _complain(str(wrong), status=USAGE)


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    made = argparse.ArgumentParser(
        prog="taskhub", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    _add_common(made)
    made.set_defaults(url=None, key_file=None, json=False, patience=10.0)
    commands = made.add_subparsers(metavar="COMMAND", required=True, parser_class=_Command)
    me = commands.add_parser("me", help="who the key belongs to")
    me.set_defaults(run=lambda client, options, output: output.thing(client.me()))
    for module in (manifests, doctor, tasks, repairing, working):
        module.add_to(commands)
    return made


class _Command(argparse.ArgumentParser):
    """A command, and what is below it: each takes the common options too, after its own words."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        _add_common(self)


def _add_common(parser: argparse.ArgumentParser) -> None:
    """An option that is not given leaves no trace: its value from before the command holds."""
    add = partial(parser.add_argument, default=argparse.SUPPRESS)
    add("--url", help="TaskHub's address (else TASKHUB_URL, else http://127.0.0.1:8000)")
    add("--key-file", type=Path, help="a file with the API key (else TASKHUB_KEY)")
    add("--json", action="store_true", help="print JSON")
    add("--patience", type=float, help="seconds to try when TaskHub does not answer")


def client_of(options: argparse.Namespace) -> Client:
    """From the options, else from the environment. The key is no argument: other users could read it."""
    key = options.key_file.read_text().strip() if options.key_file else os.environ.get("TASKHUB_KEY", "").strip()
    if not key:
        raise ValueError("Give the API key in TASKHUB_KEY, or in a file with --key-file.")
    url = options.url or os.environ.get("TASKHUB_URL") or "http://127.0.0.1:8000"
    return Client(url, key, retry=Retry(give_up_after=options.patience))


def _complain(text: str, problems: Sequence[object] = (), *, status: int) -> int:
    lines = [f"taskhub: {text}", *(f"  {problem}" for problem in problems)]
    print("\n".join(lines), file=sys.stderr)
    return status
