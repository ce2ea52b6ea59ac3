"""The settings of the example: its databases, the shop's control, TaskHub's address and key.

The databases stand in `databases.json` in the data directory (mode 0600, for it may hold passwords);
people choose among their names and never see an address.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .databases import Database
from .problems import UnknownDatabase

DATA_DIR = "var/db_migration"


@dataclass(frozen=True)
class Config:
    """The content of `databases.json`, and where it lies."""

    data_dir: Path
    databases: dict[str, Database]
    shop_control: str

    def database(self, name: str) -> Database:
        """The database of that name. Raises `UnknownDatabase`."""
        try:
            return self.databases[name]
        except KeyError:
            raise UnknownDatabase(f"There is no database called {name!r} here.", database=name) from None

    def save(self) -> None:
        """Writes the file, readable by its owner alone."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        document = {
            "databases": [asdict(one) for one in self.databases.values()],
            "shop_control": self.shop_control,
        }
        write_private(self.data_dir / "databases.json", json.dumps(document, indent=2))


def default_data_dir() -> Path:
    """`MIGRATION_DATA_DIR`, else `var/db_migration` below the current directory."""
    return Path(os.environ.get("MIGRATION_DATA_DIR", DATA_DIR))


def shop_command(data_dir: Path) -> str:
    """How the shop's command line is called from here, word for word."""
    here, python = Path.cwd(), Path(sys.executable)
    program = python.relative_to(here) if python.is_relative_to(here) else python
    data = "" if str(data_dir) == DATA_DIR else f" --data {data_dir}"
    return f"{program} -m examples.db_migration.shop{data}"


def load(data_dir: Path) -> Config:
    """Reads the configuration. Ends the program with a clear word if there is none."""
    path = data_dir / "databases.json"
    if not path.exists():
        raise SystemExit(f"{path} is missing: `make demo` writes it; README.md says what it holds.")
    document: dict[str, Any] = json.loads(path.read_text())
    databases = [Database(**entry) for entry in document["databases"]]
    return Config(data_dir, {one.name: one for one in databases}, document["shop_control"])


def write_private(path: Path, text: str) -> None:
    """Replaces a file in one step, with mode 0600: a reader sees the old text or the new one."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    os.replace(fresh, path)
