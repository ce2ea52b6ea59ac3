"""The context of a task's page, and of its parts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NotRequired, TypedDict

from apps.web.labels import State
from apps.web.schema_form import FormContext
from apps.web.schema_form.value_text import FieldText
from apps.web.svg import Graph

from .parts import Named, WithErrors


class ContainerLink(TypedDict):
    """A container; `url` is "" if the reader does not see it."""

    title: str
    slug: str
    url: str


class TaskHead(TypedDict):
    """The head of each page of a task."""

    key: str
    title: str
    description: str
    url: str
    container: ContainerLink
    stage: str
    state: State
    priority_label: str
    due_at: datetime | None
    following: bool
    follow_url: str
    stage_name: str
    move_url: str


class Button(TypedDict):
    """A button that posts; `hint` says its consequence."""

    label: str
    icon: str
    url: str
    hint: str
    danger: NotRequired[bool]


class Progress(TypedDict):
    """How far a worker is."""

    percent: int
    message: str


class Banner(TypedDict):
    """`tasks/_banner.html`. `tone` is a CSS class: wait, run, bad or plain; `text` is Markdown."""

    tone: str
    icon: str
    title: str
    text: str
    meta: str
    progress: NotRequired[Progress | None]
    buttons: Sequence[Button]


class ActionButton(Named):
    """A button that answers a handover."""

    hint: str


class CommentBox(TypedDict):
    """The comment beside an answer."""

    label: str
    value: str
    required: bool
    error: str


class AnswerPart(WithErrors):
    """`tasks/_answer.html`: the form that answers a handover. `version` identifies the values that it shows."""

    submit_url: str
    draft_url: str
    version: str
    form: FormContext
    draft_at: datetime | None
    comment: CommentBox | None
    actions: Sequence[ActionButton]
    more_actions: Sequence[ActionButton]


class EditPart(TypedDict):
    """`tasks/_edit.html`: the fields that the reader may change."""

    url: str
    form: FormContext
    version: str


class ComposePart(TypedDict):
    """`tasks/_composer.html`. `comment_to` names the person who reads a comment."""

    url: str
    kinds: Sequence[str]
    kind: str
    comment_to: str
    text: str
    error: str


class BreakGlassPart(TypedDict):
    """`tasks/_break_glass.html`."""

    until: datetime
    reason: str
    url: str


class LockedGroup(TypedDict):
    """`tasks/_locked.html`: fields under the reason why they are locked, or under those who may write them."""

    title: NotRequired[str]
    reason: str
    who: NotRequired[str]
    fields: Sequence[FieldText]


class StageLink(TypedDict):
    """A stage to which the reader may move the task."""

    stage: str
    title: str


class TransitionButton(TypedDict):
    """A transition of the task's type that the reader may run."""

    label: str
    url: str
    name: str
    needs_fields: bool


class FileRow(TypedDict):
    """`tasks/_files.html`; `remove_url` is "" if the reader may not remove it."""

    name: str
    size: str
    url: str
    remove_url: str
    is_note: bool


class ValueChange(TypedDict):
    """A changed value, before and after, as text."""

    label: str
    old: str
    new: str


class Entry(TypedDict, total=False):
    """`tasks/_entry.html`: one entry of the timeline. `kind` decides which of the others there are."""

    kind: str
    actor: str
    at: datetime
    icon: str
    tone: str
    words: str
    text: str
    role: str
    file: FileRow
    changes: Sequence[ValueChange]
    items: Sequence["Entry"]
    receipt_url: str


class Timeline(TypedDict):
    """`tasks/_timeline.html`. `earlier_url` is "" when all entries are shown."""

    entries: Sequence[Entry]
    earlier_url: str


class Rail(TypedDict):
    """`tasks/_rail.html`: the properties beside a task."""

    assignee: str
    reporter: str
    holder: str
    starts_at: datetime | None
    next_retry_at: datetime | None
    application: str
    type: str
    type_version: int
    privacy: str
    privacy_icon: str
    sharing_url: str
    created_at: datetime
    external_id: str | None
    correlation_id: str | None


class AttemptRow(TypedDict):
    """`tasks/_attempts.html`."""

    number: int
    worker: str
    tone: str
    icon: str
    span: timedelta | None
    why: str


class RelatedRow(TypedDict):
    """`tasks/_related.html`."""

    relation: str
    key: str
    title: str
    url: str
    state: State


class ScheduledRow(TypedDict):
    """`tasks/_plans.html`. `why` says why it was refused, `delete_url` is "" if the reader may not drop it."""

    clock: str
    title: str
    changes: Sequence[str]
    by: str
    why: str
    delete_url: str


class TaskPage(Timeline):
    """A task's page. Nothing that is hidden from the reader is in it."""

    task: TaskHead
    banner: Banner | None
    break_glass: BreakGlassPart | None
    answer: AnswerPart | None
    edit: EditPart | None
    locked: Sequence[LockedGroup]
    more: Sequence[Button]
    moves: Sequence[StageLink]
    edit_url: str
    ask_url: str
    transitions: Sequence[TransitionButton]
    compose: ComposePart | None
    rail: Rail
    graph: Graph | None
    attempts: Sequence[AttemptRow]
    related: Sequence[RelatedRow]
    scheduled: Sequence[ScheduledRow]
    plan_url: str
    files: Sequence[FileRow]
