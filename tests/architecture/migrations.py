"""What migrations do to columns that the release before still reads and writes, by their syntax."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .source import ROOT

NAMES = ("model_name", "name", "field")
"""The arguments of operations on fields, in their order."""
RENAMES = {"RenameField", "RenameModel", "AlterModelTable"}
REMOVALS = {"RemoveField", "DeleteModel"}


@dataclass(frozen=True)
class Migration:
    """One migration; `name` is like `tasks.0009_passages`."""

    name: str
    text: str

    def faults(self) -> list[str]:
        """Each operation that keeps the release before from working while or after this migration runs."""
        tree = ast.parse(self.text)
        new_models = {_argument(call, "name", 0).lower() for call in _calls(tree, {"CreateModel"})}
        found = [
            f"{self.name}: {_argument(call, 'model_name', 0)}.{_argument(call, 'name', 1)} without db_default or null"
            for call in _calls(tree, {"AddField"})
            if _argument(call, "model_name", 0).lower() not in new_models and not _is_filled_by_database(call)
        ]
        state_only = {id(call) for part in _state_parts(tree) for call in _calls(part, RENAMES | REMOVALS)}
        for call in _calls(tree, RENAMES | REMOVALS):
            if id(call) not in state_only:
                found.append(
                    f"{self.name}: {ast.unparse(call.func).rpartition('.')[2]} of what the release before uses"
                )
        return found


def migrations() -> list[Migration]:
    """Those of all apps."""
    paths = sorted(path for parent in ("apps/*", "taskhub") for path in ROOT.glob(f"{parent}/migrations/0*.py"))
    return [Migration(f"{_app(path)}.{path.stem}", path.read_text()) for path in paths]


def _app(path: Path) -> str:
    return path.parent.parent.name


def _calls(tree: ast.AST, names: set[str]) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in names:
            yield node


def _state_parts(tree: ast.AST) -> Iterator[ast.AST]:
    """What changes models and no table."""
    for call in _calls(tree, {"SeparateDatabaseAndState"}):
        yield from (keyword.value for keyword in call.keywords if keyword.arg == "state_operations")


def _is_filled_by_database(call: ast.Call) -> bool:
    """Whether an INSERT that does not know the new column succeeds."""
    field = _value(call, "field", NAMES.index("field"))
    if not isinstance(field, ast.Call):
        return False
    if ast.unparse(field.func).endswith("ManyToManyField"):
        return True
    options = {keyword.arg: keyword.value for keyword in field.keywords}
    null = options.get("null")
    return "db_default" in options or (isinstance(null, ast.Constant) and null.value is True)


def _argument(call: ast.Call, name: str, place: int) -> str:
    value = _value(call, name, place)
    return str(value.value) if isinstance(value, ast.Constant) else "?"


def _value(call: ast.Call, name: str, place: int) -> ast.expr | None:
    named = [keyword.value for keyword in call.keywords if keyword.arg == name]
    return named[0] if named else call.args[place] if place < len(call.args) else None
