"""Schemas of tasks' fields: accepting one, validating against it, comparing two, and what forms can show.

Pure: no database, no actor. JSON Schema 2020-12 with `x-taskhub` and `ui:*`.
"""

from .accept import accept
from .compare import Change, compare
from .controls import form_support
from .fields import FieldSpec, field_specs
from .presence import is_asked, is_empty, missing, shown_if, split_nulls, without_hidden
from .rules import only
from .validation import ASK_FOR_MORE, fingerprint, validate, validate_partial, wrong_value

__all__ = [
    "ASK_FOR_MORE",
    "Change",
    "FieldSpec",
    "accept",
    "compare",
    "field_specs",
    "fingerprint",
    "form_support",
    "is_asked",
    "is_empty",
    "missing",
    "only",
    "shown_if",
    "split_nulls",
    "validate",
    "validate_partial",
    "without_hidden",
    "wrong_value",
]
