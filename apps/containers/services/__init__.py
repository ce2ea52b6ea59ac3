"""Every write to containers, their members and their types."""

from .containers import delete_container, own_container, own_slug, patch_container, put_container
from .members import appoint_manager, delete_member, put_member
from .types import put_type, require_pusher, retire_type

__all__ = [
    "appoint_manager",
    "delete_container",
    "delete_member",
    "own_container",
    "own_slug",
    "patch_container",
    "put_container",
    "put_member",
    "put_type",
    "require_pusher",
    "retire_type",
]
