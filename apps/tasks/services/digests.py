"""Digests: what "the same body again" means."""

from collections.abc import Mapping
from typing import Any

import orjson

from apps.core.secrets import fingerprint


def of(body: Mapping[str, Any]) -> str:
    """Equal for equal values, in any order of keys; absent and null count alike."""
    said = {name: value for name, value in body.items() if value is not None}
    return fingerprint(orjson.dumps(said, option=orjson.OPT_SORT_KEYS, default=str)).hex()
