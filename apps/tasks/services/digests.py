"""Digests: what "the same body again" means."""

import orjson

from apps.core.json_types import JsonMapping
from apps.core.sealing import fingerprint


def of(body: JsonMapping) -> str:
    """Equal for equal values, in any order of keys; absent and null count alike."""
    given = {name: value for name, value in body.items() if value is not None}
    return fingerprint(orjson.dumps(given, option=orjson.OPT_SORT_KEYS, default=str)).hex()
