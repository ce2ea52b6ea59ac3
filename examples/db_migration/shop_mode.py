"""Where the shop writes and reads: the mode file, read by the shop before each purchase."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from .config import Config, write_private

WRITES = ("a", "async", "sync")
READS = ("a", "b")


class ModeRefused(ValueError):
    """The shop cannot work that way; the message says why."""


@dataclass(frozen=True)
class Mode:
    """`a` and `b` are names of databases.

    Writes: `a` alone · `async` to a, then from its outbox to b · `sync` to both before the customer is
    answered. Reads: from `a` or from `b`.
    """

    a: str
    b: str | None = None
    writes: str = "a"
    reads: str = "a"

    def changed(self, changes: Mapping[str, str], config: Config) -> Mode:
        """The mode with some values replaced. Raises `ModeRefused`."""
        unknown = set(changes) - {"a", "b", "writes", "reads"}
        if unknown:
            raise ModeRefused(f"unknown: {', '.join(sorted(unknown))} (known: a, b, writes, reads)")
        mode = replace(self, **changes)
        mode.require_sensible(config)
        return mode

    def require_sensible(self, config: Config) -> None:
        """Raises `ModeRefused` for what would lose writes or serve old data."""
        for name in (self.a, self.b):
            if name is not None and name not in config.databases:
                raise ModeRefused(f"there is no database called {name!r}")
        if self.writes not in WRITES or self.reads not in READS:
            raise ModeRefused(f"writes is one of {', '.join(WRITES)}; reads is one of {', '.join(READS)}")
        if self.a == self.b:
            raise ModeRefused("a and b are the same database")
        if self.writes != "a" and self.b is None:
            raise ModeRefused(f"writes={self.writes} needs b=DATABASE")
        if self.reads == "b" and self.writes != "sync":
            raise ModeRefused("reads=b needs writes=sync, else customers would see old data")


def read_mode(data_dir: Path) -> Mode:
    """The mode as it stands. Raises `ModeRefused` where none was ever set."""
    if not _path(data_dir).exists():
        raise ModeRefused("say first where the shop writes: set a=DATABASE")
    return Mode(**json.loads(_path(data_dir).read_text()))


def write_mode(data_dir: Path, mode: Mode) -> None:
    """Sets the mode; a running shop follows within a second."""
    write_private(_path(data_dir), json.dumps(asdict(mode)))


def change_mode(config: Config, changes: Mapping[str, str]) -> Mode:
    """Changes some values and leaves the others. Raises `ModeRefused`."""
    new = "a" in changes and not _path(config.data_dir).exists()
    mode = (Mode(changes["a"]) if new else read_mode(config.data_dir)).changed(changes, config)
    write_mode(config.data_dir, mode)
    return mode


def _path(data_dir: Path) -> Path:
    return data_dir / "shop-mode.json"
