"""The audit of the pinned packages never passes quietly when nothing was audited."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

UNREACHABLE = "import sys; sys.exit('no connection')"
SKIPPED = """print('{"dependencies": [{"name": "x", "skip_reason": "no answer"}]}')"""
CLEAN = """print('{"dependencies": [{"name": "x", "version": "1", "vulns": []}]}')"""
HOLE = """print('{"dependencies": [{"name": "x", "version": "1", "vulns": [{"id": "CVE", "fix_versions": []}]}]}')"""


def audit(place: Path, program: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """The audit with this program in place of pip-audit."""
    (place / "pip_audit.py").write_text(program)
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "AUDIT")}
    environment |= {"PYTHONPATH": str(place), **variables}
    command = [sys.executable, str(ROOT / ".ci/audit")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("program", [UNREACHABLE, SKIPPED])
@pytest.mark.parametrize(("variables", "code"), [({}, 0), ({"CI": "true"}, 1), ({"CI": "true", "AUDIT": "skip"}, 0)])
def test_nothing_audited_is_reported(tmp_path: Path, program: str, variables: dict[str, str], code: int) -> None:
    done = audit(tmp_path, program, **variables)
    assert (done.returncode, "AUDIT NOT DONE" in done.stdout) == (code, True)


@pytest.mark.parametrize(("program", "code"), [(CLEAN, 0), (HOLE, 1)])
def test_answer_decides(tmp_path: Path, program: str, code: int) -> None:
    assert audit(tmp_path, program, CI="true", AUDIT="skip").returncode == code
