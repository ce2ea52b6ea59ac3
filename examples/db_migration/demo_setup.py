"""What the demo needs before anything runs: databases, people, a team, a key. Every step can be repeated."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from . import shop_data
from .config import Config, write_private
from .databases import Database
from .shop_mode import Mode, write_mode

ROOT = Path(__file__).resolve().parents[2]
APPLICATION = "migrator"
PEOPLE = {
    "ana": ("runs the shop and asks for migrations", []),
    "ben": ("a colleague of hers", []),
    "dora": ("a DBA, in the team dba", ["--team", "dba"]),
    "admin": ("an administrator", ["--staff"]),
}


@dataclass
class Demo:
    """Where the demo lives, and what it remembers in `demo.json` (mode 0600)."""

    port: int
    taskhub_dir: Path
    data_dir: Path
    passwords: dict[str, str] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def key_file(self) -> Path:
        return self.data_dir / "api-key"

    @property
    def environment(self) -> dict[str, str]:
        """For every program of the demo: TaskHub as in production, on this machine's loopback address."""
        return {
            "DEBUG": "false", **os.environ, "TASKHUB_DATA_DIR": str(self.taskhub_dir),
            "SECRET_KEY": os.environ.get("SECRET_KEY") or (self.taskhub_dir / "secret_key").read_text().strip(),
            "MIGRATION_DATA_DIR": str(self.data_dir), "PYTHONUNBUFFERED": "1",
        }  # fmt: skip

    def save(self) -> None:
        """Remembers passwords and the steps that are done."""
        write_private(self.data_dir / "demo.json", json.dumps({"passwords": self.passwords, "done": self.done}))


def open_demo(environment: dict[str, str]) -> Demo:
    """The demo of this data directory, as it was left, or a new one."""
    taskhub_dir = Path(environment.get("TASKHUB_DATA_DIR") or "var")
    data_dir = Path(environment.get("MIGRATION_DATA_DIR") or taskhub_dir / "db_migration")
    for path in (taskhub_dir, data_dir):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    demo = Demo(int(environment.get("PORT") or 8000), taskhub_dir, data_dir)
    if not (taskhub_dir / "secret_key").exists():
        write_private(taskhub_dir / "secret_key", secrets.token_urlsafe(50))
    if (data_dir / "demo.json").exists():
        stored = json.loads((data_dir / "demo.json").read_text())
        demo.passwords, demo.done = stored["passwords"], stored["done"]
    return demo


def prepare(demo: Demo, *, rows: int) -> Config:
    """Everything that has to be there before the programs start."""
    config = describe_databases(demo)
    config.save()
    _once(demo, "shop", lambda: _make_shop(config, rows))
    _manage(demo, "migrate", "--verbosity", "0")
    for name in PEOPLE:
        demo.passwords.setdefault(name, f"{name}-{secrets.token_hex(4)}")
    demo.save()
    _once(demo, "team", lambda: _manage(demo, "create_team", "dba", "--title", "DBA"))
    for name, (_, arguments) in PEOPLE.items():
        _once(demo, f"user {name}", partial(_create_user, demo, name, arguments))
    _once(demo, "key", lambda: _create_application(demo))
    _once(demo, "seed", lambda: _manage(demo, "seed"))
    return config


def describe_databases(demo: Demo) -> Config:
    """The databases that the demo offers; two of them are faults to be shown."""

    def file(name: str) -> str:
        return f"sqlite:///{(demo.data_dir / name).absolute()}.sqlite3"

    offered = [
        Database("shop-old", "Shop, in use (SQLite)", file("shop-old")),
        Database("shop-new", "Shop, new and empty (SQLite)", file("shop-new")),
        Database("shop-bare", "Fault: a table is missing (SQLite)", file("shop-bare")),
        Database("shop-away", "Fault: cannot be reached (PostgreSQL)", "postgresql://shop@127.0.0.1:9/shop"),
    ]
    if postgres := _postgres():
        offered.insert(2, Database("shop-pg", "Shop, new and empty (PostgreSQL)", f"{postgres}?schema=demo_shop"))
    control = f"http://127.0.0.1:{os.environ.get('SHOP_PORT') or demo.port + 1}"
    return Config(demo.data_dir, {one.name: one for one in offered}, control)


def _postgres() -> str:
    """A PostgreSQL to offer: `DEMO_POSTGRES`, else TaskHub's own server (a schema of its own there)."""
    url = os.environ.get("DEMO_POSTGRES") or os.environ.get("DATABASE_URL") or ""
    parts = urlsplit(url)
    return parts._replace(query="").geturl() if parts.scheme in ("postgres", "postgresql") else ""


def _make_shop(config: Config, rows: int) -> None:
    print(f"Filling shop-old with {rows:,} rows …", flush=True)
    for name, database in config.databases.items():
        if name == "shop-away":
            continue
        shop_data.ensure_place(database)
        with database.open() as connection:
            missing = ("order_lines",) if name == "shop-bare" else ()
            shop_data.create_tables(connection, strict=name != "shop-old", leave_out=missing)
            if name == "shop-old":
                shop_data.fill(connection, rows=rows)
    write_mode(config.data_dir, Mode(a="shop-old"))


def _create_user(demo: Demo, name: str, arguments: list[str]) -> None:
    _manage(demo, "create_user", name, "--password-stdin", *arguments, stdin=demo.passwords[name])


def _create_application(demo: Demo) -> None:
    """Makes the application and keeps its key; if a killed demo lost the key, it gets another one."""
    arguments = ("create_application", APPLICATION, "--title", "Migrator")
    key = _manage(demo, *arguments) or _manage(demo, "issue_key", APPLICATION)
    write_private(demo.key_file, key)


def _once(demo: Demo, step: str, work: Callable[[], object]) -> None:
    """Does a step unless it is known to be done."""
    if step not in demo.done:
        work()
        demo.done.append(step)
        demo.save()


def _manage(demo: Demo, *arguments: str, stdin: str = "") -> str:
    """Runs a manage.py command and answers its output; what is there already is not an error."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=demo.environment, input=stdin,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode and "already" not in done.stderr:
        raise SystemExit(f"manage.py {' '.join(arguments)} failed:\n{done.stderr.strip()}")
    return done.stdout.strip()
