"""The output of commands: a table, the lines of one object, or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

COLUMNS = ["key", "status", "stage", "container", "type", "title"]


class Output:
    """Prints to stdout, as people or programs want it."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def rows(self, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
        """A list: one line a row."""
        if self.as_json:
            self._json(list(rows))
            return
        cells = [[_text(row.get(column)) for column in columns] for row in rows]
        lines = [[column.upper() for column in columns], *cells]
        widths = [max(len(line[index]) for line in lines) for index in range(len(columns))]
        for line in lines:
            print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())

    def thing(self, thing: Mapping[str, Any]) -> None:
        """One object: one line a property, empty ones left out."""
        if self.as_json:
            self._json(thing)
            return
        given = {name: value for name, value in thing.items() if value not in (None, "", [], {})}
        width = max(map(len, given), default=0)
        for name, value in given.items():
            print(f"{name:<{width}}  {_text(value)}")

    def _json(self, value: Any) -> None:
        print(json.dumps(value, indent=2, ensure_ascii=False))


def show(output: Output, task: Any) -> None:
    """A task that a command has changed."""
    if output.as_json:
        output.thing(task)
    else:
        output.rows([task], COLUMNS)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
