"""Who may call a view at all; what they may see and do is asked of the services."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.actors.actor import Actor


class DenyAll(BasePermission):
    """The default: a view that names no permission of its own answers nobody."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return False


class AnyActor(BasePermission):
    """Everybody who said who they are."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.auth, Actor)
