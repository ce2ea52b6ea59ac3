"""Values of secret fields: sealed wherever a row holds them, opened only for readers, workers and the schema.

Rows in memory are as they are stored: who forgets to open shows a sealed text, and never a secret. An empty value is
not sealed: that a field is empty is no secret.
"""

import logging
from collections.abc import Iterable

import orjson

from apps.containers.type_document.documents import AskedField
from apps.containers.type_document.spec import TypeSpec
from apps.core.json_types import Json, JsonMapping, JsonObject
from apps.core.sealing import NotSealed, is_sealed, seal, unseal

logger = logging.getLogger(__name__)

Values = JsonMapping
EMPTY: tuple[Json, ...] = (None, "", [], {})


def sealed(spec: TypeSpec, values: Values, *, before: Values | None = None) -> JsonObject:
    """The values with those of secret fields sealed; what is the same as `before` stays as it was stored there."""
    stored = dict(values)
    for name in spec.secrets & stored.keys():
        stored[name] = _sealed(stored[name], (before or {}).get(name))
    return stored


def opened(spec: TypeSpec, stored: Values) -> JsonObject:
    """The values as they were before they were sealed, without those whose key is gone."""
    values = dict(stored)
    for name in spec.secrets & values.keys():
        try:
            values[name] = _opened(values[name])
        except NotSealed:
            logger.error("A secret value cannot be opened: its key is gone")
            del values[name]
    return values


def unreadable(spec: TypeSpec, stored: Values) -> JsonObject:
    """What `opened` leaves out, as it is stored: it stays until it is overwritten, or its key is back."""
    return {name: stored[name] for name in stored.keys() - opened(spec, stored).keys()}


def sealed_proposals(spec: TypeSpec, asked: Iterable[AskedField]) -> list[AskedField]:
    """What a handover asks for (`{name, proposed, …}`), with proposed values as `sealed` has them."""
    return [{**item, "proposed": sealed(spec, {item["name"]: item.get("proposed")})[item["name"]]} for item in asked]


def opened_proposals(spec: TypeSpec, asked: Iterable[AskedField]) -> list[AskedField]:
    """The opposite."""
    return [
        {**item, "proposed": opened(spec, {item["name"]: item.get("proposed")}).get(item["name"])} for item in asked
    ]


def sealed_fields(spec: TypeSpec, value: Values | None) -> JsonObject | None:
    """What is to be an answer, also further down a chain of `on_timeout`, with its `fields` as `sealed` has them."""
    if value is None:
        return None
    result = {**value, "fields": sealed(spec, value.get("fields") or {})}
    if "on_timeout" in value:
        result["on_timeout"] = sealed_fields(spec, value["on_timeout"])
    return result


def _sealed(value: Json, before: Json) -> Json:
    if value in EMPTY:
        return value
    try:
        same = before is not None and is_sealed(before) and _opened(before) == value
    except NotSealed:
        same = False
    return before if same else seal(orjson.dumps(value).decode())


def _opened(value: Json) -> Json:
    """What was stored before the field became a secret is as it is."""
    return orjson.loads(unseal(value)) if is_sealed(value) else value
