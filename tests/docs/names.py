"""What documents name in backticks: paths, modules and their members, settings, commands; and whether it exists."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.management import get_commands

from apps.events import event_types
from tests.architecture.source import ROOT, SKIPPED, Module, modules

_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)")
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
FILE = re.compile(r"[\w.-]+\.(py|md|txt|html|ini|toml|yaml|in)")
FOREIGN = {"transaction.atomic"}
"""What belongs to Django."""


def spans(text: str) -> Iterator[str]:
    """What stands in backticks, without `()` and outside of blocks of code."""
    for block in text.split("```")[::2]:
        yield from (span.removesuffix("()") for span in _SPAN.findall(block))


def links(text: str) -> Iterator[tuple[str, str]]:
    """(path, anchor) of each link into the repository."""
    yield from ((path, anchor) for path, anchor in _LINK.findall(text) if not path.startswith("http"))


def missing(name: str) -> bool:
    """Whether a name speaks of something of ours that does not exist."""
    if re.search(r"[\s{}…*:\"=→]", name):
        return _is_missing_command(name)
    if "/" in name:
        return not name.startswith("/") and not (ROOT / name).exists()
    if FILE.fullmatch(name):
        return name not in _file_names()
    return bool(_DOTTED.fullmatch(name)) and not _is_known(name)


def _is_missing_command(name: str) -> bool:
    """Of `make X` and `manage.py X …`."""
    program, _sep, command = name.partition(" ")
    target = command.split(" ")[0]
    if program == "make":
        return f"\n{target}:" not in (ROOT / "Makefile").read_text()
    return program == "manage.py" and target not in {*get_commands(), "help"}


def _is_known(name: str) -> bool:
    if name in FOREIGN or name in event_types.ALL:
        return True
    owner, _dot, member = name.rpartition(".")
    if owner == "settings":
        return hasattr(settings, member)
    if name.startswith(("apps.", "taskhub.", "tests.")):
        return _resolves(name)
    return any(member in names for names in _members().get(owner.split(".")[-1], []))


def _resolves(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").is_file() or _is_known(".".join(name.split(".")[-2:]))


@cache
def _file_names() -> frozenset[str]:
    paths = (path for path in ROOT.rglob("*") if not SKIPPED & set(path.relative_to(ROOT).parts))
    return frozenset(path.name for path in paths)


@cache
def _members() -> dict[str, list[set[str]]]:
    """Of each module and class, by its last name: the names that are bound in it."""
    known: dict[str, list[set[str]]] = {}
    for module in modules("apps", "taskhub"):
        path = Path(module.path)
        stem = path.parent.name if path.name == "__init__.py" else path.stem
        known.setdefault(stem, []).append(_bound(module.tree) | _siblings(module))
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef):
                known.setdefault(node.name, []).append(_bound(node))
    return known


def _siblings(module: Module) -> set[str]:
    """The modules of a package."""
    if not module.path.endswith("__init__.py"):
        return set()
    return {path.stem for path in (ROOT / module.path).parent.iterdir()}


def _bound(node: ast.Module | ast.ClassDef) -> set[str]:
    names: set[str] = set()
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            names.add(statement.name)
        elif isinstance(statement, ast.Assign):
            names |= {target.id for target in statement.targets if isinstance(target, ast.Name)}
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            names.add(statement.target.id)
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in statement.names}
    return names


def anchors(text: str) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
