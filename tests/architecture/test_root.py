"""The root holds what a newcomer expects, and nothing else."""

import subprocess

import pytest

from .source import CACHES, ROOT

FIXED = {"taskhub", "apps", "templates", "static", "tests", "manage.py", "requirements.txt", "README.md"}
BESIDE = {
    "Makefile",
    "examples",
    "clients",
    "docs",
    "benchmarks",
    "requirements-dev.txt",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
}
DOTFILES = {
    ".ci",
    ".editorconfig",
    ".git",
    ".gitignore",
    ".mypy.ini",
    ".pre-commit-config.yaml",
    ".pytest.ini",
    ".requirements-dev.in",
    ".requirements.in",
    ".ruff.toml",
}
# Made by running; git ignores them.
MADE = {".venv", "var", "__pycache__", *CACHES}


def strangers(names: set[str]) -> set[str]:
    return names - FIXED - BESIDE - DOTFILES - MADE


def test_nothing_else_stands_at_the_root() -> None:
    assert strangers({path.name for path in ROOT.iterdir()}) == set()


def test_what_is_fixed_is_there() -> None:
    assert {name for name in FIXED if not (ROOT / name).exists()} == set()


def test_what_git_ignores_is_not_in_it() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("a copy without history")
    git = ["git", "-C", str(ROOT), "-c", "safe.directory=*"]
    command = [*git, "ls-files", "--cached", "--ignored", "--exclude-standard"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == ""


def test_stranger_is_seen() -> None:
    assert strangers({"apps", "setup.cfg"}) == {"setup.cfg"}
