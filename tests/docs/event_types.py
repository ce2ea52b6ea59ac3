"""The event types as the code documents them: each constant of `apps.events.event_types` and the text below it."""

import ast
import inspect
import itertools

from apps.events import event_types


def documented_types() -> dict[str, str]:
    """The text of each type, on one line, in the order of the module."""
    body = ast.parse(inspect.getsource(event_types)).body
    texts: dict[str, str] = {}
    for statement, following in itertools.pairwise(body):
        name = _text(statement.value) if isinstance(statement, ast.Assign) else None
        text = _text(following.value) if isinstance(following, ast.Expr) else None
        if name is not None and text is not None:
            texts[name] = " ".join(text.split())
    return texts


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def table() -> list[str]:
    """The rows of the table in docs/integrators.md."""
    return [f"| `{name}` | {text} |" for name, text in documented_types().items()]
