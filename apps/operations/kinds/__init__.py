"""The repairs that an operation can do: `settings.OPERATION_KINDS` names one class for each word in `kind`."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from .base import Kind, Result, our_mistake, refused

__all__ = ["Kind", "Result", "all_kinds", "kind_of", "our_mistake", "refused"]


@cache
def all_kinds() -> dict[str, Kind]:
    """Every kind by its name."""
    return {name: import_string(path)() for name, path in settings.OPERATION_KINDS.items()}


def kind_of(name: str) -> Kind:
    """The kind of that name, which a body's shape has checked."""
    return all_kinds()[name]
