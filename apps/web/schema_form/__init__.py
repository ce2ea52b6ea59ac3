"""Forms made from JSON Schema: what to ask, how it looks, what was answered (pages: forms from JSON Schema).

A page makes a form with `build_form`, shows it with `show_form` and reads a post with `parse_form`; a post
that a row button sent comes back changed (`reshaped`) instead. `display_field` shows what cannot be
changed.
"""

from .display import Displayed, Reader, display_field
from .form import Asked, Form, build_form
from .parsing import Answer, parse_form, read_draft
from .rows import reshaped
from .showing import show_form
from .shown import ShownForm

__all__ = [
    "Answer",
    "Asked",
    "Displayed",
    "Form",
    "Reader",
    "ShownForm",
    "build_form",
    "display_field",
    "parse_form",
    "read_draft",
    "reshaped",
    "show_form",
]
