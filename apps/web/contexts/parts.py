"""What the contexts of several pages share."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NotRequired, Required, TypedDict

from apps.tasks.search import Snippet
from apps.web.labels import State
from apps.web.schema_form.contexts import ErrorLine

Choice = tuple[str, str]
"""A value and its label."""
Values = Mapping[str, str]
"""The texts of a form's plain inputs, by name."""


class WithErrors(TypedDict):
    """A page with a form: what `parts/_error_summary.html` shows."""

    errors: Sequence[ErrorLine]
    form_errors: Sequence[str]


class Links(TypedDict):
    """`parts/_pagination.html`: "" where there is no such page."""

    newer: str
    older: str
    words: str


class Named(TypedDict):
    """Something by name, with its label."""

    name: str
    label: str


class NamedChoice(Named):
    """A field or an option to tick."""

    chosen: bool


class Conflicting(TypedDict):
    """A value that was typed, and the one that was stored meanwhile ("" if the reader does not see it)."""

    label: str
    yours: str
    theirs: NotRequired[str]


class Row(TypedDict, total=False):
    """`inbox/_row.html`: a line of the inbox, or of another list of tasks (then with `state`).

    `asks` are labels of fields, `ask` is a sentence; `pick` is the id for answering several rows together.
    """

    url: Required[str]
    key: Required[str]
    title: Required[str]
    container: Required[str]
    asked_by: Required[str]
    since: Required[datetime | None]
    state: State
    asks: Sequence[str]
    ask: str
    note: str
    snippet: Snippet | None
    due_at: datetime | None
    actions: Sequence[Mapping[str, Any]]
    submit_url: str
    pick: str
    claim_url: str
