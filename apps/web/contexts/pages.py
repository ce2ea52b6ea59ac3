"""The context of each page, but for a task's."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NotRequired, TypedDict

from django.contrib.auth.forms import AuthenticationForm

from apps.actors.sessions import SignedIn
from apps.web.labels import State
from apps.web.schema_form import FormContext
from apps.web.schema_form.value_text import FieldText

from .parts import Choice, Conflicting, Links, Named, Row, Values, WithErrors


class ErrorPage(TypedDict):
    """The page of a refusal; `conflicts` are values that another person changed meanwhile, `typed` what was sent."""

    detail: NotRequired[str]
    back_url: NotRequired[str]
    retry_after: NotRequired[float]
    conflicts: NotRequired[Sequence[Conflicting]]
    typed: NotRequired[Sequence[Conflicting]]


class SignInPage(TypedDict):
    """Django's form to sign in, and what it carries; `locked`: the seconds to wait after too many wrong passwords."""

    form: AuthenticationForm | None
    next: str
    locked: NotRequired[int]
    carried: NotRequired[str]
    notice: NotRequired[Literal["carried", "too_long", "again"]]


class CarriedPage(TypedDict):
    """What was posted while nobody was signed in: as text, as inputs, and the files that were chosen."""

    action_url: str
    typed: Sequence[Conflicting]
    pairs: Sequence[tuple[str, str]]
    files: Sequence[tuple[str, str]]


class Person(TypedDict):
    """The reader, as their profile shows them."""

    name: str
    full_name: str
    email: str
    teams: Sequence[str]


class ProfilePage(WithErrors):
    """The reader's settings."""

    person: Person
    theme: str
    zone: str
    zones: Sequence[str]
    sessions: Sequence[SignedIn]
    link_at: datetime | None
    link_by: str


class PasswordPage(WithErrors):
    """Django's form for a new password; `wrong` names its inputs with errors."""

    wrong: Sequence[str]


class PasswordLinkPage(WithErrors):
    """Whose password is set."""

    username: str


class ChangesPart(TypedDict):
    """The answer to a poll: how many rows have changed, and where the new list is."""

    changes: int
    url: str


# --- Lists --------------------------------------------------------------------------------------------


class InboxTab(TypedDict):
    """A tab of the inbox; `count` None is not shown."""

    name: str
    title: str
    count: int | None
    url: str


class InboxGroup(TypedDict):
    """Rows under a heading; `team` (a slug) offers *Take next*."""

    title: str
    overdue: NotRequired[int]
    team: NotRequired[str]
    rows: Sequence[Row]


class Inbox(TypedDict):
    """The open tab of the inbox. `together` are the actions that several of its rows share."""

    tab: str
    tabs: Sequence[InboxTab]
    groups: Sequence[InboxGroup]
    together: Sequence[Named]
    page: Links | None
    changes_url: str


class InboxPage(TypedDict):
    """The inbox, and its list alone."""

    inbox: Inbox


class NotificationRow(TypedDict):
    """A notification: what its actor did, and why the reader is notified."""

    id: str
    url: str
    key: str
    title: str
    actor: str
    words: str
    reason: str
    at: datetime
    unread: bool


class NotificationsPage(TypedDict):
    """The reader's notifications."""

    rows: Sequence[NotificationRow]
    any_unread: bool
    read_url: str
    here: str
    page: Links


class SearchPage(TypedDict):
    """The tasks that match a search."""

    query: str
    rows: Sequence[Row]
    page: Links


# --- Requests -----------------------------------------------------------------------------------------


class TypeCard(TypedDict):
    """A type that the reader may request."""

    title: str
    description: str
    container: str
    url: NotRequired[str]


class RequestsPage(TypedDict):
    """The types that the reader may request."""

    query: str
    types: Sequence[TypeCard]


class MyRequestsPage(TypedDict):
    """The reader's own requests."""

    rows: Sequence[Row]
    page: Links


class RequestFormPage(WithErrors):
    """The form of a request: step 1 of 2."""

    type: TypeCard
    values: Values
    form: FormContext


class RequestReviewPage(TypedDict):
    """Step 2 of 2: what will be sent, and who will see it."""

    type: TypeCard
    title: str
    answers: Sequence[FieldText]
    hidden: Sequence[Choice]
    readers: str
    action_url: str


class SentTask(TypedDict):
    """A task that was just requested."""

    key: str | None
    title: str
    url: str
    state: State


class RequestReceiptPage(TypedDict):
    """The receipt of a request: its key, what happens next, and what else was sent from the same form."""

    task: SentTask
    next_step: str
    others: list[SentTask]
