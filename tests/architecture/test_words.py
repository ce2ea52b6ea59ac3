"""Names say what a thing is; texts name no machine, no registry, no tracker."""

import ast
import re

import pytest

from .source import ROOT, Module, files, modules

VAGUE_MODULES = {"utils", "util", "common", "helpers", "helper", "misc", "manager", "managers"}
VAGUE_FUNCTIONS = re.compile(r"(do|handle)_\w+|\w+_(helper|util)")
# The dots are taken out before use: so this file does not find itself.
FOREIGN_WORDS = [
    r"(?<![\w.])/(wo·rk|ro·ot)/",
    r"py·pi\.org|python·hosted|registry\.np·mjs|deb\.deb·ian|--(extra-)?index-·url|trusted-·host",
    r"\b[Ii]ssues? #·\d|\(#·\d+\)",
    r"PLAN\·.md",
]
FOREIGN = re.compile("|".join(FOREIGN_WORDS).replace("·", ""))
# What Django, the standard library and httpx2 call by that name.
GIVEN = re.compile(r"do_[A-Z]+|handle_(error|exception|no_permission|starttag|endtag|data|request|async_request)")


def vague(module: Module) -> list[str]:
    stem = module.path.split("/")[-1].removesuffix(".py")
    found = [module.path] if stem in VAGUE_MODULES else []
    for node in ast.walk(module.tree):
        named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if named and VAGUE_FUNCTIONS.fullmatch(node.name) and not GIVEN.fullmatch(node.name):
            found.append(f"{module.path}:{node.lineno} {node.name}")
    return found


def test_names_say_what_a_thing_is() -> None:
    own = modules("apps", "taskhub", "clients", "examples", "tests")
    assert [name for module in own for name in vague(module)] == []


@pytest.mark.parametrize(
    ("path", "text"),
    [("apps/x/utils.py", ""), ("apps/x/y.py", "def do_it(): ..."), ("apps/x/y.py", "def handle_x(): ...")],
)
def test_vague_name_is_seen(path: str, text: str) -> None:
    assert vague(Module(path, text))


def test_texts_name_no_machine_registry_or_tracker() -> None:
    suffixes = (".py", ".md", ".html", ".txt", ".toml", ".ini", ".yaml", ".yml", ".sh", ".in", ".css", ".js", "")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files(*suffixes)
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if FOREIGN.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("line", ["cd /wo·rk/main", "see issue #·12", "--index-·url x", "(#·4)"])
def test_foreign_text_is_seen(line: str) -> None:
    assert FOREIGN.search(line.replace("·", ""))


@pytest.mark.parametrize("line", ["issue_key", "https://hub.example.org/work", "#1a2b3c", "when it meets an issue"])
def test_own_text_is_not(line: str) -> None:
    assert not FOREIGN.search(line)
