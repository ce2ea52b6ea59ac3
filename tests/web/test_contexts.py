"""A template that a view renders names the type of its context, and uses no variable that the type does not have."""

import re
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines
from django.template.base import FilterExpression, Node, NodeList, Template, Variable
from django.template.loader_tags import ExtendsNode, IncludeNode

from apps.web import confirmations
from apps.web.contexts import containers, operations, pages, parts, task, task_forms

ROOT = Path(settings.BASE_DIR)
NAMED = re.compile(r"{% comment %}.*?Context: (\w+)\.\s*{% endcomment %}", re.DOTALL)
RENDERED = re.compile(r'"((?:[a-z_]+/)?\w+\.html)"')
EVERYWHERE = {
    "shell", "me", "names", "request", "messages", "csrf_token", "user", "forloop", "block", "True", "False", "None",
    "request_id", "LANGUAGE_CODE",
    "href", "label", "name", "oob", "value",
}  # fmt: skip
"""The context processors' and middleware's names; optional arguments of parts."""


def sources() -> str:
    return "\n".join(path.read_text() for path in (ROOT / "apps/web").rglob("*.py"))


PAGES = sorted({name for name in RENDERED.findall(sources()) if (ROOT / "templates" / name).exists()})


def context_of(name: str) -> type | None:
    match = NAMED.search((ROOT / "templates" / name).read_text())
    modules = (containers, operations, pages, parts, task, task_forms, confirmations)
    return next((vars(module)[match[1]] for module in modules if match[1] in vars(module)), None) if match else None


def template_named(name: str) -> Template:
    return engines["django"].get_template(name).template


def used(nodes: NodeList, local: frozenset[str]) -> Iterator[str]:
    """The names of variables that nodes read from the context, without those that nodes around them set."""
    for node in nodes:
        if not isinstance(node, Node):
            continue
        set_here = local | set_by(node)
        for name in read_by(node):
            if name not in local:
                yield name
        if isinstance(node, ExtendsNode):
            yield from used(template_named(node.parent_name.resolve({})).nodelist, local)
        if isinstance(node, IncludeNode):
            yield from included(node, local)
        for attribute in node.child_nodelists:
            if (children := getattr(node, attribute, None)) is not None:
                yield from used(children, set_here)
        local |= left_by(node)


def included(node: IncludeNode, local: frozenset[str]) -> Iterator[str]:
    named = node.template.var
    if isinstance(named, str):
        yield from used(template_named(named).nodelist, local | set(node.extra_context))


def left_by(node: Node) -> set[str]:
    """The names that `as` sets in a node or in its children: they stay set after it."""
    names = {value for name in ("asvar", "target_var") if isinstance(value := getattr(node, name, None), str)}
    for attribute in node.child_nodelists:
        for child in getattr(node, attribute, None) or ():
            names |= left_by(child)
    return names


def set_by(node: Node) -> set[str]:
    names = set(getattr(node, "loopvars", ()))
    names |= set(getattr(node, "extra_context", ()) or ()) if not isinstance(node, IncludeNode) else set()
    return names


def read_by(node: Node) -> Iterator[str]:
    pending = list(vars(node).values())
    while pending:
        value = pending.pop()
        if isinstance(value, FilterExpression):
            pending += [
                value.var,
                *(argument for _filter, filter_args in value.filters for _c, argument in filter_args),
            ]
        elif isinstance(value, Variable):
            if value.lookups:
                yield value.lookups[0]
        elif isinstance(value, NodeList):
            continue
        elif isinstance(value, list | tuple):
            pending += value
        elif isinstance(value, dict):
            pending += value.values()
        elif type(value).__name__ in ("TemplateLiteral", "Operator") or hasattr(value, "first"):
            pending += [getattr(value, name, None) for name in ("value", "first", "second")]


@pytest.mark.parametrize("name", PAGES)
def test_a_template_uses_only_what_its_context_has(name: str) -> None:
    context = context_of(name)
    if context is None:
        assert name in ("403_csrf.html", "500.html", "parts/_offsets.html"), (
            "the opening comment names the type of the context"
        )
        return
    unknown = set(used(template_named(name).nodelist, frozenset())) - set(typing.get_type_hints(context)) - EVERYWHERE
    assert unknown == set()


def test_the_reading_of_templates_finds_variables() -> None:
    source = (
        "{% if a and b.c|default:d %}{{ e }}{% for f, g in h.i %}{{ f }}{{ j|length }}{% endfor %}{% endif %}"
        '{% url "web:task" k as l %}{{ l }}{% with m=n %}{{ m }}{% endwith %}{{ m }}'
    )
    nodes = engines["django"].from_string(source).template.nodelist
    assert set(used(nodes, frozenset())) == set("abdehjknm")
