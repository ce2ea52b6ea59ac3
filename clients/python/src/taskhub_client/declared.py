"""Applications and the objects that they declare, as types: containers, types, functions, rules, manifests."""

from __future__ import annotations

from typing import TypedDict

from .shapes import Json


class Application(TypedDict, total=False):
    """An integrating program and who looks after it."""

    name: str
    title: str
    active: bool
    owners: list[str]
    created_at: str
    changed: bool


class Container(TypedDict, total=False):
    """A place of tasks."""

    slug: str
    title: str
    description: str
    application: str | None
    everyone: str
    managers_see_restricted: bool
    role: str
    created_at: str
    updated_at: str
    changed: bool


class Member(TypedDict, total=False):
    """A membership of a container."""

    member: str
    title: str
    role: str
    created_at: str
    changed: bool


class TaskType(TypedDict, total=False):
    """The shape of a kind of task."""

    container: str
    name: str
    title: str
    schema: Json
    create: Json
    default_privacy: str
    min_privacy: str
    function: str | None
    failover: Json | None
    stages: list[Json]
    transitions: list[Json]
    application: str | None
    version: int
    retired_at: str | None
    created_at: str
    updated_at: str
    changed: bool
    breaking: bool
    differences: list[Json]


class Function(TypedDict, total=False):
    """A function of an application."""

    name: str
    description: str
    mode: str
    url: str | None
    time_limit: int | None
    lease_seconds: int
    default_priority: int
    max_concurrency: int | None
    callers: list[str]
    retry_policy: Json
    failover: Json | None
    schedule: Json | None
    breaker: Json | None
    paused: Json | None
    secret: str
    changed: bool


class Rule(TypedDict, total=False):
    """What happens by itself on an event."""

    container: str
    name: str
    title: str
    on: list[str]
    when: str | None
    actions: list[Json]
    enabled: bool
    author: str
    runs: list[Json]
    changed: bool


class Change(TypedDict, total=False):
    """What a manifest does to one thing that it declares."""

    kind: str
    container: str | None
    name: str
    change: str
    what: list[str]
    role: str
    version: int
    breaking: bool
    differences: list[Json]
    secret: str


class Unmanaged(TypedDict):
    """Something that exists and that the manifest does not name."""

    kind: str
    container: str | None
    name: str


class Applied(TypedDict):
    """The answer to a manifest."""

    dry_run: bool
    changed: bool
    changes: list[Change]
    unmanaged: list[Unmanaged]
