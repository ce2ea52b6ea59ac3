"""Calls about who the caller is, and about what an application declares."""

from __future__ import annotations

from typing import Any

from taskhub_client.declared import Application, Applied, Container, Function, Member, Rule, TaskType
from taskhub_client.protocol import Call
from taskhub_client.shapes import JsonObject, Me, Page, QueueStats, Task

from . import spelling


def me() -> Call[Me]:
    """Who the key belongs to."""
    return spelling.get("me")


def apply(manifest: JsonObject, *, dry_run: bool = False) -> Call[Applied]:
    """Push a whole application in one transaction; the answer is the list of `changes`."""
    params = {"dry_run": str(dry_run).lower()}
    return Call("PUT", "/manifest", spelling.document, body=manifest, params=params, holds=60)


def application(name: str) -> Call[Application]:
    """An application, for itself, its owners and administrators."""
    return spelling.get("applications", name)


def update_application(name: str, *, title: str) -> Call[Application]:
    """Give an application another title."""
    return Call("PATCH", spelling.path_of("applications", name), spelling.document, body={"title": title})


def put_owner(application: str, owner: str) -> Call[Application]:
    """Make `user:NAME` or `team:SLUG` an owner of an application."""
    return Call("PUT", spelling.path_of("applications", application, "owners", owner), spelling.document)


def remove_owner(application: str, owner: str) -> Call[None]:
    """End an ownership."""
    return spelling.delete("applications", application, "owners", owner)


def containers(**filters: Any) -> Call[Page[Container]]:
    """The containers that the caller sees, page after page."""
    return spelling.listing("/containers", filters)


def container(slug: str) -> Call[Container]:
    """One container."""
    return spelling.get("containers", slug)


def delete_container(slug: str) -> Call[None]:
    """Delete a container that has no tasks."""
    return spelling.delete("containers", slug)


def members(container: str) -> Call[Page[Member]]:
    """The members of a container, page after page."""
    return spelling.listing(spelling.path_of("containers", container, "members"))


def put_member(container: str, member: str, role: str) -> Call[Member]:
    """Give `user:NAME`, `team:SLUG` or `application:NAME` a role in a container."""
    path = spelling.path_of("containers", container, "members", member)
    return Call("PUT", path, spelling.document, body={"role": role})


def remove_member(container: str, member: str) -> Call[None]:
    """Take somebody out of a container."""
    return spelling.delete("containers", container, "members", member)


def types(container: str) -> Call[Page[TaskType]]:
    """The task types of a container, page after page."""
    return spelling.listing(spelling.path_of("containers", container, "types"))


def type(container: str, name: str) -> Call[TaskType]:
    """One task type, in its current version."""
    return spelling.get("containers", container, "types", name)


def delete_type(container: str, name: str) -> Call[None]:
    """Retire a task type: no new tasks of it are made."""
    return spelling.delete("containers", container, "types", name)


def rules(container: str) -> Call[Page[Rule]]:
    """The rules of a container, page after page."""
    return spelling.listing(spelling.path_of("containers", container, "rules"))


def rule(container: str, name: str) -> Call[Rule]:
    """One rule, with its last runs."""
    return spelling.get("containers", container, "rules", name)


def delete_rule(container: str, name: str) -> Call[None]:
    """Delete a rule."""
    return spelling.delete("containers", container, "rules", name)


def functions() -> Call[Page[Function]]:
    """The application's functions, page after page."""
    return spelling.listing("/functions")


def function(name: str) -> Call[Function]:
    """One function."""
    return spelling.get("functions", name)


def delete_function(name: str) -> Call[None]:
    """Delete a function that no live task needs."""
    return spelling.delete("functions", name)


def pause_function(
    name: str, reason: str, *, until: str | None = None, application: str | None = None
) -> Call[Function]:
    """Let nothing more of a function run; people who wait for its tasks read the reason. `until` ends it by itself."""
    body = spelling.given({"reason": reason, "until": until, "application": application})
    return spelling.post(spelling.path_of("functions", name, "pause"), body)


def resume_function(name: str, *, application: str | None = None) -> Call[Function]:
    """Let a paused function go on."""
    return spelling.post(spelling.path_of("functions", name, "resume"), spelling.given({"application": application}))


def execute(name: str, *, timeout: float = 30.0, **body: Any) -> Call[Task]:
    """Create a task of a function (`data`, `container`, `type`, `fields`) and wait for its end up to `timeout` seconds.

    The task has not ended if the time was over.
    """
    path = spelling.path_of("functions", name, "execute")
    return spelling.post(path, {**spelling.given(body), "timeout": timeout}, holds=timeout)


def queue_stats() -> Call[QueueStats]:
    """How many tasks of each function wait and run, and which workers were seen."""
    return spelling.get("queue", "stats")
