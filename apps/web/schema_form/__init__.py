"""Forms made from JSON Schema: their fields, their templates' context, their posts.

A page makes a form with `build_form`, shows it with `present_form` and reads a post with `parse_form`; a post
that a row button sent comes back changed (`reshaped`) instead. `field_text` shows what cannot be
changed.
"""

from .contexts import FormContext
from .form import FieldRequest, Form, build_form
from .parser import Submission, parse_form, read_draft
from .presentation import present_form
from .rows import reshaped
from .value_text import FieldText, Viewer, field_text

__all__ = [
    "FieldRequest",
    "FieldText",
    "Form",
    "FormContext",
    "Submission",
    "Viewer",
    "build_form",
    "field_text",
    "parse_form",
    "present_form",
    "read_draft",
    "reshaped",
]
