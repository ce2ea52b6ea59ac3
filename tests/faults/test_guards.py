"""Each guard taken out of a copy of the source turns its test red; what is not seen missing guards nothing."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import ROOT

from .guards import GUARDS, Guard
from .infrastructure import Postgres, public_place, require

pytestmark = [pytest.mark.processes, pytest.mark.long]
KEPT = ("apps", "taskhub", "tests", "templates", "static", "examples", "clients", "docs", "manage.py", ".pytest.ini")
RED = 1
"""How pytest ends when tests failed; another number means that none ran."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    require(Postgres.is_here, "initdb")
    with public_place() as place:
        server = Postgres(place / "postgres", log=tmp_path_factory.mktemp("guards"), max_connections=200)
        server.start()
        yield server
        server.process.sweep_away()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A copy of all that tests read."""
    for name in KEPT:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        if (ROOT / name).exists():
            copy(ROOT / name, tmp_path / name)
    return tmp_path


def take_out(guard: Guard, source: Path) -> None:
    for name, text, without in guard.patches:
        path = source / name
        assert path.read_text().count(text) == 1, f"{name} does not have this guard: {text}"
        path.write_text(path.read_text().replace(text, without))


def run(guard: Guard, source: Path, cluster: Postgres) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "TASKHUB_", "PYTEST"))
    }
    database = {"DATABASE_URL": cluster.url} if guard.on == "postgres" else {}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", guard.test]
    command += [f"--basetemp={source}/basetemp"]
    return subprocess.run(
        command, cwd=source, env={**kept, **database}, capture_output=True, text=True, check=False, timeout=600
    )


@pytest.mark.parametrize("guard", GUARDS, ids=str)
def test_missing_guard_is_seen(guard: Guard, source: Path, cluster: Postgres) -> None:
    take_out(guard, source)
    done = run(guard, source, cluster)
    verdict = {0: "green: NOT SEEN", RED: "red"}.get(done.returncode, "did not run")
    print(f"\n| {guard.name} | {guard.on} | `{guard.test}` | {verdict} |")
    assert done.returncode == RED, done.stdout[-3000:] + done.stderr[-2000:]
