"""The objects of the API as types. They are plain dictionaries; a newer TaskHub may add keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypedDict, TypeVar

T = TypeVar("T")
Json = dict[str, Any]
JsonObject = Mapping[str, Any]


class Page(TypedDict, Generic[T]):
    """One page of a list."""

    results: list[T]
    next: str | None


class Me(TypedDict):
    """Who a key belongs to."""

    actor: str
    kind: str
    name: str
    id: str
    teams: list[str]
    administrator: bool


# --- Tasks --------------------------------------------------------------------------------------------


class Error(TypedDict, total=False):
    """Why a task failed."""

    name: str
    type: str | None
    message: str
    recoverable: bool
    details: Any
    retry_after_seconds: float | None


class Progress(TypedDict, total=False):
    """How far a worker has come."""

    percent: float | None
    message: str | None


class Custody(TypedDict):
    """Who may write a task now."""

    holder: str
    who: str | None
    until: str | None


class FieldCustody(TypedDict):
    """Who may write one field now, and why not everybody."""

    access: str
    reason: str | None
    who: list[str] | None


class CustodyOfFields(Custody):
    """Who may write a task and each of its fields now."""

    task: str
    fields: dict[str, FieldCustody]


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
    progress: Progress | None
    error: Error | None
    result: Any
    origin_id: str
    newest_id: str
    retry_for_task_ids: list[str]
    retried_by_task_id: str | None
    run: str | None
    step: str | None
    cancel_requested: bool
    skipped: bool
    waiting_for: Json | None
    created_at: str
    updated_at: str


class FoundTask(Task, total=False):
    """A task that a search found, with a part of the text that matched."""

    passage: Json | None
    snippet: Json | None


class BulkResult(TypedDict, total=False):
    """What became of one item of a bulk call."""

    ok: bool
    status: int
    task: str | None
    key: str | None
    code: str | None
    detail: str
    errors: list[Json]


class Event(TypedDict, total=False):
    """Something that happened (CloudEvents 1.0)."""

    id: str
    source: str
    type: str
    time: str
    subject: str | None
    sequence: int
    actor: str
    correlationid: str | None
    causationid: str | None
    data: Json


class Note(TypedDict):
    """A comment or a work note."""

    id: str
    task: str
    kind: str
    text: str
    author: str
    created_at: str


class Attachment(TypedDict):
    """A file of a task."""

    id: str
    task: str
    kind: str
    field: str | None
    name: str
    content_type: str
    size: int
    sha256: str
    author: str
    created_at: str


# --- The queue ----------------------------------------------------------------------------------------


class Lease(TypedDict):
    """The right to write a claimed task."""

    token: str
    expires_at: str
    delivery: int
    seconds: int
    """For how long it held when the answer was written; computed by this client."""


class Answers(TypedDict, total=False):
    """The last answer of a person to a handover of the task."""

    handover: str
    key: str | None
    """The key with which the question was asked; None for one that TaskHub opened by itself."""
    reason: str
    """Why a person had the task: `asked`, `failed_over`, `taken_over` or `returned`."""
    action: str
    fields: Json
    comment: str
    by: str | None
    at: str
    channel: str
    receipt: Any


class Claimed(Task):
    """A task as a claim answers it."""

    lease: Lease
    answers: Answers | None
    checkpoint: Any
    previous_errors: list[Error]


class Claim(TypedDict):
    """The answer to a claim."""

    tasks: list[Claimed]
    retry_after: float


class ItemResult(TypedDict, total=False):
    """What became of one item of a batch."""

    task: str | None
    ok: bool
    status: int
    code: str | None
    detail: str | None
    errors: list[Json]
    expires_at: str
    directive: str
    decision: str
    retried_by_task_id: str | None
    result: Any


class WorkerSeen(TypedDict):
    """A worker that asked for tasks within a day."""

    name: str | None
    version: str | None
    functions: list[str]
    in_flight: int
    last_seen: str
    draining: bool


class FunctionStats(TypedDict, total=False):
    """What waits and runs of one function."""

    function: str
    ready: int
    scheduled: int
    leased: int
    oldest_ready_age: float | None
    priorities: list[Json]
    throughput: Json
    retries: Json
    failures: Json
    workers_last_seen: str | None
    paused_since: str | None
    unattended_since: str | None


class QueueStats(TypedDict):
    """How the queue stands."""

    counted_to: int
    results: list[FunctionStats]
    workers: list[WorkerSeen]


# --- Handovers ----------------------------------------------------------------------------------------


class AskedField(TypedDict):
    """A field that a handover asks for."""

    name: str
    required: bool
    proposed: Any
    label: str | None


class Action(TypedDict, total=False):
    """One way to answer a handover."""

    name: str
    label: str
    effect: str
    needs_comment: bool
    danger: bool


class Handover(TypedDict, total=False):
    """A request to a person or a team."""

    id: str
    task: str
    key: str | None
    version: str
    state: str
    reason: str
    title: str
    message: str
    to: str
    claimed_by: str | None
    asked_by: str
    fields: list[AskedField]
    actions: list[Action]
    due_at: str | None
    on_timeout: Json | None
    exclude: list[str]
    draft: Json | None
    draft_comment: str | None
    answer: Json | None
    created_at: str
    ended_at: str | None


class Receipt(TypedDict, total=False):
    """What a person was shown when they answered."""

    handover: str
    by: str
    at: str
    title: str
    message: str
    actions: list[Action]
    task: Json
    fields: list[Json]
