"""The context processor of the pages: the context of their frame."""

from functools import cached_property
from typing import Any

from django.http import HttpRequest

from apps.containers import queries as containers
from apps.containers.models import Container
from apps.notifications import queries as notifications
from apps.tasks import queries as tasks

from .labels import count_text
from .people import actor_of, names_of, user_of

SECTIONS = {"inbox": "inbox", "containers": "boards", "profile": "profile"}
MOST_CONTAINERS = 20


def shell(request: HttpRequest) -> dict[str, Any]:
    """`shell`, `me` and `names` for a signed-in person; nothing for nobody."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    return {"shell": Shell(request), "me": user_of(request).reference, "names": names_of(request)}


class Shell:
    """The frame around a page; a property is read from the database only if it is shown."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.name = user_of(request).display_name
        theme = user_of(request).theme
        self.theme = "" if theme == "system" else theme

    @cached_property
    def inbox_count(self) -> int | str:
        """Open requests for the reader and their teams; 999+ if there are more. The inbox has counted few already."""
        counted: int | None = getattr(self._request, "inbox_count", None)
        count = tasks.inbox_count(actor_of(self._request)) if counted is None else counted
        return count_text(count)

    @cached_property
    def unread(self) -> int:
        """Unread notifications."""
        counted: int | None = getattr(self._request, "unread_count", None)
        return notifications.unread_count(actor_of(self._request)) if counted is None else counted

    @cached_property
    def containers(self) -> list[Container]:
        """The containers to list beside."""
        return list(containers.list_places(actor_of(self._request))[:MOST_CONTAINERS])

    @cached_property
    def works(self) -> bool:
        """Whether the reader works in some container, and not only asks for things."""
        return any(getattr(container, containers.WORKS) for container in self.containers[:1])

    @cached_property
    def here(self) -> str:
        """Which entry of the navigation this page belongs to: a section, or the slug of a container."""
        match = self._request.resolver_match
        if match is None or not match.url_name:
            return ""
        if match.url_name.startswith("container") and "slug" in match.kwargs:
            return str(match.kwargs["slug"])
        if match.url_name.startswith(("request", "my_requests")):
            return "requests"
        if match.url_name.startswith("operation"):
            return "operations"
        return SECTIONS.get(match.url_name, "")
