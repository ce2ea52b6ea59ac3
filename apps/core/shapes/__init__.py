"""Declared shapes of JSON values. One declaration both reads a body and makes its JSON Schema for the OpenAPI document.

`shape.read(value, at, problems)` returns the value, with timestamps as datetimes, and notes what is wrong under its
JSON Pointer. It adds no defaults, and reading what was read gives the same again. `shape.require(body)` raises Invalid
with everything that was noted. `body.py` walks what a shape has read where its keys depend on each other.
"""

from .base import MOST_PROBLEMS, Problems, Schema, Shape, alternatives, or_null, raise_problems, reference
from .nested import Items, Lazy, Map, Object, Separate, TextOr, Variants
from .uses import components, reads
from .values import (
    Anything,
    Choice,
    Flag,
    FreeObject,
    Number,
    Refused,
    Text,
    Timestamp,
    Title,
    Uuid,
    Whole,
    is_plain,
    refuse_text,
    refused_choice,
)

__all__ = [
    "MOST_PROBLEMS", "Anything", "Choice", "Flag", "FreeObject", "Items", "Lazy", "Map", "Number", "Object",
    "Problems", "Refused", "Schema", "Separate", "Shape", "Text", "TextOr", "Timestamp", "Title", "Uuid", "Variants",
    "Whole", "alternatives", "components", "is_plain", "or_null", "raise_problems", "reads", "reference", "refuse_text",
    "refused_choice",
]  # fmt: skip
