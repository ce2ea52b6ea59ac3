"""Names for values that may be any JSON: what clients send and databases store, before a schema or a shape judges it.

A document of known keys is a TypedDict of its own; these are for the rest.
"""

from collections.abc import Mapping
from typing import Any

Json = Any
"""A JSON value: a text, number, flag, null, list or object."""
JsonObject = dict[str, Any]
JsonMapping = Mapping[str, Any]
"""A JSON object that is read alone."""
