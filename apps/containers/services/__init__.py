"""Every write to containers, their members and their types."""

from apps.containers.access import require_publisher

from .containers import (
    CONTAINER,
    delete_container,
    make_container,
    own_container,
    own_slug,
    patch_container,
    put_container,
)
from .members import MEMBER, appoint_manager, delete_member, put_member
from .types import put_type, retire_type

__all__ = [
    "CONTAINER",
    "MEMBER",
    "appoint_manager",
    "delete_container",
    "delete_member",
    "make_container",
    "own_container",
    "own_slug",
    "patch_container",
    "put_container",
    "put_member",
    "put_type",
    "require_publisher",
    "retire_type",
]
