"""Which rules and functions name a field of a type (`ports.FindMentions`): nobody else renames it in them."""

import re
from collections.abc import Collection, Iterator
from typing import Any

import orjson

from apps.actors.actor import Actor
from apps.containers.models import Container
from apps.core.json_types import JsonObject

from . import access
from .models import Function, Rule


def find_mentions(actor: Actor, container: Container, type: str, names: Collection[str]) -> list[JsonObject]:
    """The rules of the container and the actor's functions that name them, as far as the actor may change them."""
    found = ((what, name, _named(text, names)) for what, name, text in _documents(actor, container, type))
    return [{"what": what, "name": name, "fields": fields} for what, name, fields in found if fields]


def _documents(actor: Actor, container: Container, type: str) -> Iterator[tuple[str, str, str]]:
    """What, its name, and the text that may name fields."""
    for rule in Rule.objects.filter(container=container).order_by("name"):
        if access.may_change_rule(actor, rule):
            yield "rule", rule.name, _text([rule.when, rule.actions])
    if actor.is_application:
        for function in Function.objects.filter(application=actor.id).order_by("name"):
            task = (function.schedule or {}).get("task") or {}
            is_of_type = (task.get("container"), task.get("type")) == (container.slug, type)
            yield "function", function.name, _text([task.get("fields") if is_of_type else None, function.failover])


def _text(document: Any) -> str:
    return orjson.dumps(document).decode()


def _named(text: str, names: Collection[str]) -> list[str]:
    """The names that stand in a document as a key, as a text of their own, or in an expression."""
    return sorted(
        name for name in names if re.search(rf"fields\.{re.escape(name)}\b|[\"']{re.escape(name)}[\"'\\]", text)
    )
