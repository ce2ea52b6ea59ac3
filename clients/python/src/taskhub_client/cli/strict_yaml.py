"""YAML 1.2 with its core schema: true and false alone are booleans, dates are text, and no key stands twice.

PyYAML reads YAML 1.1, where `on:` is the key true, `[yes, no]` are booleans and 2030-01-31 is a date.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

CORE: list[tuple[str, str, list[str]]] = [
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+.0123456789")),
    ("float", r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", list("-+.")),
]


class StrictLoader(yaml.SafeLoader):
    """Resolves plain scalars by the core schema; refuses keys that stand twice and merge keys."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: dict[str, int] = {}
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise _refusal("A key must be a text.", key)
            if key.value == "<<" and key.style is None:
                raise _refusal("Merge keys (<<) do not exist in YAML 1.2: write the keys out.", key)
            if key.value in seen:
                raise _refusal(f"The key {key.value!r} stands on line {seen[key.value]} already.", key)
            seen[key.value] = line
        return {key.value: self.construct_object(value, deep=True) for key, value in node.value}


def load(text: str, name: str) -> Any:
    """The value of the one document in the text. Raises ValueError with the line."""
    try:
        return yaml.load(text, StrictLoader)  # noqa: S506  (it is a SafeLoader)
    except yaml.YAMLError as error:
        raise ValueError(f"{name} is not YAML: {error}") from None


class Dumper(yaml.SafeDumper):
    """Quotes each text that YAML 1.1 or 1.2 would read as something else."""

    yaml_implicit_resolvers = {first: list(found) for first, found in yaml.SafeDumper.yaml_implicit_resolvers.items()}

    def ignore_aliases(self, data: Any) -> bool:
        return True


def dump(document: Any) -> str:
    """The document as YAML, in the order of its keys."""
    return yaml.dump(document, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=120)


def _refusal(text: str, node: yaml.Node) -> yaml.YAMLError:
    return yaml.MarkedYAMLError(problem=text, problem_mark=node.start_mark)


def _integer(loader: StrictLoader, node: yaml.ScalarNode) -> int:
    text = str(node.value)
    return int(text, 8 if text.startswith("0o") else 16 if text.startswith("0x") else 10)


def _mapping(loader: StrictLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    return loader.construct_mapping(node)


for _tag, _pattern, _first in CORE:
    for _class in (StrictLoader, Dumper):
        _class.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), _first)
StrictLoader.add_constructor("tag:yaml.org,2002:int", _integer)
StrictLoader.add_constructor("tag:yaml.org,2002:map", _mapping)
