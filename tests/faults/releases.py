"""The release before this one, out of the history: what an upgrade starts from and must run beside."""

import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.servers import ROOT

RELEASE_BEFORE = "470ec9b0143cddbf872099900d0b53de94d6a762"
"""The commit of the release before. Whoever publishes a release writes its commit here."""


def unpack_release_before(place: Path) -> Path:
    """The source of the release before, in that directory.

    Its commit must be in the history. A shallow clone or a copy without history skips the test, but fails it where
    everything must be checked (`CI`); a whole history without the commit always fails.
    """
    if not _git("cat-file", "-e", f"{RELEASE_BEFORE}^{{commit}}"):
        _report_missing()
    place.mkdir()
    archive = place.with_suffix(".tar")
    assert _git("archive", "--output", str(archive), RELEASE_BEFORE)
    with tarfile.open(archive) as packed:
        packed.extractall(place, filter="data")
    archive.unlink()
    return place


def _report_missing() -> None:
    is_whole = (ROOT / ".git").exists() and _git("rev-parse", "--git-dir") and not _is_shallow()
    if is_whole:
        pytest.fail(f"RELEASE_BEFORE names {RELEASE_BEFORE}, which is not in this history")
    reason = f"the release before ({RELEASE_BEFORE[:7]}) is not in this copy: clone the whole history"
    (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)


def _is_shallow() -> bool:
    done = subprocess.run(_command("rev-parse", "--is-shallow-repository"), capture_output=True, text=True, check=False)
    return done.stdout.strip() != "false"


def _git(*words: str) -> bool:
    """Whether a git command on this checkout succeeds."""
    return (
        bool(shutil.which("git")) and not subprocess.run(_command(*words), capture_output=True, check=False).returncode
    )


def _command(*words: str) -> list[str]:
    return ["git", "-C", str(ROOT), "-c", "safe.directory=*", *words]
