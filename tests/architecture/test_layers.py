"""Imports point down only; siblings on a line never import each other."""

import ast
import re
from collections.abc import Iterator

import pytest

from .source import Module, modules

# Lowest first; names on one line are siblings (docs: architecture).
LAYERS = [
    ["core"],
    ["events"],
    ["actors"],
    ["containers"],
    ["tasks"],
    ["automation"],
    ["workflows"],
    ["operations"],
    ["hooks", "notifications"],
    ["api", "web"],
]
RANKS = {app: rank for rank, line in enumerate(LAYERS) for app in line}
# Programs beside the product reach it over REST, and the product does not know them.
OUTSIDE = ("taskhub", "tests", "examples", "benchmarks", "clients")
DOTTED = re.compile(r"apps\.([a-z]+)(\.\w+)*")
MODEL = re.compile(r"([a-z]+)\.[A-Z]\w+")


def app_of(path: str) -> str:
    return path.split("/")[1]


def targets(module: Module) -> Iterator[tuple[int, str]]:
    """(line, app or outside package) of all that a module imports or names as a dotted string."""
    for line, name in module.imports():
        first, _, rest = name.partition(".")
        if first == "apps" or first in OUTSIDE:
            yield line, rest.split(".")[0] if first == "apps" else first
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found = DOTTED.fullmatch(node.value) or MODEL.fullmatch(node.value)
            if found and found[1] in RANKS:
                yield node.lineno, found[1]


def violations(module: Module) -> list[str]:
    here = app_of(module.path)
    return [
        f"{module.path}:{line} reaches {there}"
        for line, there in targets(module)
        if there != here and RANKS.get(there, len(LAYERS)) >= RANKS[here]
    ]


def test_imports_point_down() -> None:
    assert [found for module in modules("apps") if module.path.count("/") > 1 for found in violations(module)] == []


def test_every_app_has_a_layer() -> None:
    assert {app_of(m.path) for m in modules("apps") if m.path.count("/") > 1} <= set(RANKS)


def test_programs_outside_know_only_the_rest_contract() -> None:
    outside = modules("examples", "clients")
    known = [f"{m.path}:{line} {name}" for m in outside for line, name in m.imports() if name.startswith("apps.")]
    assert known == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("apps/core/x.py", "from apps.events import log"),
        ("apps/core/x.py", "import apps.events.log"),
        ("apps/tasks/x.py", "def f():\n    from apps.automation import queue"),
        ("apps/web/x.py", "from apps.api import errors"),
        ("apps/tasks/x.py", "from ..automation import queue"),
        ("apps/tasks/x.py", "import_string('apps.automation.queue')"),
        ("apps/events/models.py", "models.ForeignKey('tasks.Task')"),
        ("apps/web/x.py", "from taskhub import urls"),
    ],
)
def test_upward_import_is_seen(path: str, text: str) -> None:
    assert violations(Module(path, text))


@pytest.mark.parametrize("text", ["from apps.core import ids", "from . import models", "import_string('apps.core.x')"])
def test_downward_import_is_not(text: str) -> None:
    assert violations(Module("apps/tasks/x.py", text)) == []
