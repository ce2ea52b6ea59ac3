"""The objects of the API as types. They are plain dictionaries; a newer TaskHub may add keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

Json = dict[str, Any]
JsonObject = Mapping[str, Any]


class Me(TypedDict):
    """Who a key belongs to."""

    actor: str
    kind: str
    name: str
    id: str
    teams: list[str]
    administrator: bool


class Custody(TypedDict):
    """Who may write a task now."""

    holder: str
    who: str | None
    until: str | None


class Task(TypedDict, total=False):
    """A task as its reader sees it; hidden fields are not in `fields`."""

    id: str
    key: str
    container: str
    type: str
    type_version: int
    version: str
    title: str
    description: str
    status: str
    status_changed_at: str
    stage: str
    fields: Json
    access: dict[str, str]
    data: Any
    function: str | None
    priority: int
    start_at: str
    due_at: str | None
    tags: list[str]
    correlation_id: str | None
    external_id: str | None
    privacy: str
    private_to: str | None
    app_readable: bool
    reporter: str | None
    assignee: str | None
    created_by_application: str | None
    created_by_user: str | None
    custody: Custody
    handover: str | None
    progress: Json | None
    error: Json | None
    result: Any
    retry_for_task_ids: list[str]
    retried_by_task_id: str | None
    run: str | None
    step: str | None
    cancel_requested: bool
    created_at: str
    updated_at: str


class Lease(TypedDict):
    """The right to write a claimed task."""

    token: str
    expires_at: str
    delivery: int
    seconds: int
    """For how long it held when the answer was written; reckoned here."""


class Claimed(Task):
    """A task as a claim answers it."""

    lease: Lease
    answers: Json | None
    checkpoint: Any
    previous_errors: list[Json]


class Claim(TypedDict):
    """The answer to a claim."""

    tasks: list[Claimed]
    retry_after: float


class Handover(TypedDict, total=False):
    """A request to a person or a team."""

    id: str
    task: str
    state: str
    title: str
    message: str
    to: str
    fields: list[Json]
    actions: list[Json]
    due_at: str | None


class Page(TypedDict):
    """One page of a list."""

    results: list[Any]
    next: str | None
