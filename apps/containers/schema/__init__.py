"""Schemas of tasks' fields: accepting one, validating against it, comparing two, and what forms can show.

Pure: no database, no actor. JSON Schema 2020-12 with `x-taskhub` and `ui:*` (domain: fields; pages: forms).
"""

from .accept import accept
from .compare import Change, compare
from .controls import form_support
from .fields import FieldSpec, field_specs
from .rules import only
from .validation import fingerprint, validate, validate_partial

__all__ = [
    "Change",
    "FieldSpec",
    "accept",
    "compare",
    "field_specs",
    "fingerprint",
    "form_support",
    "only",
    "validate",
    "validate_partial",
]
