"""Where tests reach names of others that begin with one underscore: by attribute, import, or as a text."""

import ast
import re
from collections.abc import Iterator

from .source import Module

PRIVATE = re.compile(r"_[^\W_]\w*")
DOCUMENTED = {"_meta", "_state", "_exit", "_replace", "_asdict"}
"""Names that Django and the standard library document in spite of their underscore."""
OWN = {"self", "cls"}
BY_TEXT = {"getattr", "setattr", "delattr", "hasattr", "object", "patch", "dict", "multiple", "attrgetter"}
"""Functions, and methods of monkeypatch and mock, that take a name as a text."""


def reached(module: Module) -> Iterator[str]:
    """Each private name that is reached, with its place."""
    for node in ast.walk(module.tree):
        for name in _names(node):
            if PRIVATE.fullmatch(name) and name not in DOCUMENTED:
                yield f"{module.path}:{getattr(node, 'lineno', 0)} {name}"


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Attribute):
        if not (isinstance(node.value, ast.Name) and node.value.id in OWN):
            yield node.attr
    elif isinstance(node, ast.ImportFrom):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in BY_TEXT:
        yield from (text.rpartition(".")[2] for text in map(_text, node.args[:2]))
    elif isinstance(node, ast.Subscript) and re.match(r"vars\(|.*\.__dict__$", ast.unparse(node.value)):
        yield _text(node.slice)


def _text(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
