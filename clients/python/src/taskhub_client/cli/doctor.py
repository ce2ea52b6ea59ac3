"""`taskhub doctor`: is everything here and there as it has to be? Exit status 1 if something is wrong."""

from __future__ import annotations

import argparse
import importlib.util
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from taskhub_client.client import Client
from taskhub_client.errors import Forbidden, TaskHubError
from taskhub_client.protocol import Call, Reply

from .output import Output

OK, WARNING, WRONG = "ok", "warning", "wrong"
MOST_SECONDS_APART = 30
LOOPBACK = ("127.0.0.1", "localhost", "::1")
Finding = tuple[str, str]


def add_to(commands: Any) -> None:
    """The command."""
    doctor = commands.add_parser("doctor", help="check address, key, clock, functions and workers", description=__doc__)
    doctor.set_defaults(run=_run)


def _run(client: Client, options: argparse.Namespace, output: Output) -> int:
    rows = []
    for name, check in CHECKS.items():
        try:
            rows += [{"check": name, "state": state, "detail": detail} for state, detail in check(client, options)]
        except TaskHubError as error:
            rows.append({"check": name, "state": WRONG, "detail": str(error)})
            break
    output.rows(rows, ["state", "check", "detail"])
    return int(any(row["state"] == WRONG for row in rows))


def _address(client: Client, options: argparse.Namespace) -> Iterator[Finding]:
    url = urlsplit(client.connection.url)
    if url.scheme == "http" and url.hostname not in LOOPBACK:
        yield WARNING, f"{client.connection.url} is not encrypted: the key can be read on its way."
    else:
        yield OK, client.connection.url


def _key(client: Client, options: argparse.Namespace) -> Iterator[Finding]:
    me = client.me()
    yield OK, f"The key belongs to {me['actor']}."
    if options.key_file and os.name == "posix" and options.key_file.stat().st_mode & 0o077:
        yield WARNING, f"{options.key_file} can be read by others: chmod 600."


def _clock(client: Client, options: argparse.Namespace) -> Iterator[Finding]:
    apart = (client.run(Call("GET", "/me", _time)) - datetime.now(UTC)).total_seconds()
    if abs(apart) > MOST_SECONDS_APART:
        yield WARNING, f"The clocks here and there are {abs(apart):.0f} seconds apart."
    else:
        yield OK, "The clocks agree."


def _time(reply: Reply) -> datetime:
    return reply.time


def _functions(client: Client, options: argparse.Namespace) -> Iterator[Finding]:
    try:
        stats = client.queue_stats()
    except Forbidden:
        yield OK, "Functions belong to applications; this key does not."
        return
    for row in stats["results"]:
        waits = f"{row['ready']} ready, {row['leased']} leased"
        if row["unattended_since"]:
            yield WRONG, f"{row['function']}: {waits}; no worker has asked since {row['unattended_since']}."
        else:
            yield OK, f"{row['function']}: {waits}."
    workers = [worker["name"] or "unnamed" for worker in stats["workers"] if not worker["draining"]]
    yield OK, f"Workers seen within a day: {', '.join(workers) or 'none'}."


def _yaml(client: Client, options: argparse.Namespace) -> Iterator[Finding]:
    if importlib.util.find_spec("yaml") is None:
        yield WARNING, "Manifests must be JSON here: PyYAML is missing (install taskhub-client[yaml])."
    else:
        yield OK, "Manifests may be YAML."


CHECKS: dict[str, Callable[[Client, argparse.Namespace], Iterator[Finding]]] = {
    "yaml": _yaml,
    "address": _address,
    "key": _key,
    "clock": _clock,
    "functions": _functions,
}
