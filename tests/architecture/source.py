"""The source as the architecture tests see it: files, syntax trees, imports."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = {".git", ".venv", "var", "build", "node_modules", "vendor", "__pycache__", "migrations"}
CACHES = {".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis"}


@dataclass(frozen=True)
class Module:
    """One Python file; `path` is relative to the root, with slashes."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def package(self) -> list[str]:
        return self.path.split("/")[:-1]

    def imports(self) -> Iterator[tuple[int, str]]:
        """(line, dotted name) of each import, wherever it stands; `from a import b` counts as `a.b`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                above = self.package[: len(self.package) - node.level + 1] if node.level else []
                base = ".".join([*above, *([node.module] if node.module else [])])
                yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def files(*suffixes: str, under: tuple[str, ...] = (".",)) -> Iterator[Path]:
    """The project's own files with one of these suffixes."""
    for folder in under:
        for path in sorted((ROOT / folder).rglob("*")):
            parts = set(path.relative_to(ROOT).parts)
            if path.suffix in suffixes and path.is_file() and not parts & (SKIPPED | CACHES):
                yield path


@cache
def modules(*under: str) -> list[Module]:
    """Read and parsed once for all tests."""
    found = files(".py", under=under)
    return [Module(path.relative_to(ROOT).as_posix(), path.read_text()) for path in found]
