"""Values of secret fields: sealed wherever a row holds them, opened only for readers, workers and the schema.

Rows in memory are as they are stored: who forgets to open shows a sealed text, and never a secret. An empty value is
not sealed: that a field is empty is no secret.
"""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from apps.containers.spec import TypeSpec
from apps.core.secrets import NotSealed, is_sealed, seal, unseal

logger = logging.getLogger(__name__)

Values = Mapping[str, Any]
EMPTY: tuple[Any, ...] = (None, "", [], {})


def sealed(spec: TypeSpec, values: Values, *, before: Values | None = None) -> dict[str, Any]:
    """The values with those of secret fields sealed; what is the same as `before` stays as it was stored there."""
    stored = dict(values)
    for name in spec.secrets & stored.keys():
        stored[name] = _sealed(stored[name], (before or {}).get(name))
    return stored


def opened(spec: TypeSpec, stored: Values) -> dict[str, Any]:
    """The values as they were before they were sealed, without those whose key is gone."""
    values = dict(stored)
    for name in spec.secrets & values.keys():
        try:
            values[name] = _opened(values[name])
        except NotSealed:
            logger.error("A secret value cannot be opened: its key is gone")
            del values[name]
    return values


def unreadable(spec: TypeSpec, stored: Values) -> dict[str, Any]:
    """What `opened` leaves out, as it is stored: it stays until somebody says another value, or its key is back."""
    return {name: stored[name] for name in stored.keys() - opened(spec, stored).keys()}


def sealed_proposals(spec: TypeSpec, asked: Iterable[Values]) -> list[dict[str, Any]]:
    """What a handover asks for (`{name, proposed, …}`), with proposed values as `sealed` has them."""
    return [{**item, "proposed": sealed(spec, {item["name"]: item.get("proposed")})[item["name"]]} for item in asked]


def opened_proposals(spec: TypeSpec, asked: Iterable[Values]) -> list[dict[str, Any]]:
    """The opposite."""
    return [
        {**item, "proposed": opened(spec, {item["name"]: item.get("proposed")}).get(item["name"])} for item in asked
    ]


def sealed_fields(spec: TypeSpec, said: Values | None) -> dict[str, Any] | None:
    """What is to be an answer, also further down a chain of `on_timeout`, with its `fields` as `sealed` has them."""
    if said is None:
        return None
    found = {**said, "fields": sealed(spec, said.get("fields") or {})}
    if "on_timeout" in said:
        found["on_timeout"] = sealed_fields(spec, said["on_timeout"])
    return found


def _sealed(value: Any, before: Any) -> Any:
    if value in EMPTY:
        return value
    try:
        same = before is not None and is_sealed(before) and _opened(before) == value
    except NotSealed:
        same = False
    return before if same else seal(orjson.dumps(value).decode())


def _opened(value: Any) -> Any:
    """What was stored before the field became a secret is as it is."""
    return orjson.loads(unseal(value)) if is_sealed(value) else value
