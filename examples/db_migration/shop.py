"""The shop's command line.

python -m examples.db_migration.shop run                     sell until stopped
python -m examples.db_migration.shop status                  how it works just now
python -m examples.db_migration.shop set b=NAME writes=async switch (writes: a, async, sync; reads: a, b)
python -m examples.db_migration.shop create NAME [--rows N] [--empty]
python -m examples.db_migration.shop spoil NAME | mend NAME | count NAME
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from . import shop_data
from .config import Config, default_data_dir, load
from .databases import Connection
from .problems import Problem
from .shop_control import ControlServer, ShopControl
from .shop_mode import ModeRefused, change_mode
from .shop_process import Shop


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; a refusal is one line on stderr and exit code 1."""
    options = _parser().parse_args(arguments)
    try:
        options.command(load(options.data), options)
    except (Problem, ModeRefused) as refused:
        print(f"Refused: {refused}", file=sys.stderr)
        return 1
    return 0


def run(config: Config, options: argparse.Namespace) -> None:
    """Sells until SIGTERM or Ctrl-C."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    shop = Shop(config)
    control = ControlServer(shop)
    threading.Thread(target=control.serve_forever, name="control", daemon=True).start()
    shop.run(per_second=options.rate, stop=stop)
    control.shutdown()


def status(config: Config, options: argparse.Namespace) -> None:
    """Prints what the running shop says."""
    print(json.dumps(ShopControl(config.shop_control).status(), indent=2))


def switch(config: Config, options: argparse.Namespace) -> None:
    """Sets the mode file; the running shop follows at its next purchase."""
    pairs = [change.partition("=") for change in options.changes]
    mode = change_mode(config, {name: value for name, _, value in pairs})
    print(f"The shop writes {mode.writes} (a={mode.a}, b={mode.b}) and reads from {mode.reads}.")


def create(config: Config, options: argparse.Namespace) -> None:
    """Makes the tables; fills or empties them on demand."""
    database = config.database(options.database)
    shop_data.ensure_place(database)
    with database.open() as connection:
        shop_data.create_tables(connection, strict=not options.rows)
        if options.empty:
            shop_data.drop_rows(connection)
        if options.rows:
            shop_data.fill(connection, rows=options.rows)
        print(json.dumps(shop_data.counts(connection)))


Command = Callable[[Config, argparse.Namespace], None]


def with_database(work: Callable[[Connection], object], words: str) -> Command:
    """A command that does one thing to one database and prints what came of it."""

    def command(config: Config, options: argparse.Namespace) -> None:
        with config.database(options.database).open() as connection:
            print(words.format(work(connection)))

    return command


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m examples.db_migration.shop",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, default=default_data_dir(), help="the data directory")
    commands = parser.add_subparsers(required=True)
    selling = commands.add_parser("run")
    selling.add_argument("--rate", type=float, default=10, help="purchases per second")
    selling.set_defaults(command=run)
    commands.add_parser("status").set_defaults(command=status)
    setting = commands.add_parser("set")
    setting.add_argument("changes", nargs="+", metavar="name=value")
    setting.set_defaults(command=switch)
    making = commands.add_parser("create")
    making.add_argument("--rows", type=int, default=0, help="fill it with about so many rows")
    making.add_argument("--empty", action="store_true", help="empty it first")
    making.set_defaults(command=create)
    for name, work, words in (
        ("spoil", shop_data.spoil, "Order line {} now has the quantity 0."),
        ("mend", shop_data.mend, "{} order lines put right."),
        ("count", shop_data.counts, "{}"),
    ):
        commands.add_parser(name).set_defaults(command=with_database(work, words))
    for name in ("create", "spoil", "mend", "count"):
        commands.choices[name].add_argument("database", metavar="NAME")
    return parser


if __name__ == "__main__":
    sys.exit(main())
