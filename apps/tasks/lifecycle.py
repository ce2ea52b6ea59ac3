"""The lifecycle of a task: its statuses and the transitions between them. No side effects.

Set-based SQL in `automation/queue.py` writes statuses without these methods, for speed; a test proves that its
edges are among the ones declared here.
"""

from collections.abc import Callable

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, TransitionNotAllowed, can_proceed, transition

from apps.core.codes import Code
from apps.core.errors import Conflict


class Status(models.TextChoices):
    """What machines rely on. Stages are the type's own; these are fixed."""

    NEW = "new", _("New")
    IN_PROGRESS = "in_progress", _("In progress")
    HANDED_OVER = "handed_over", _("Waiting for a person")
    COMPLETE = "complete", _("Complete")
    FAILED = "failed", _("Failed")
    RETRIED = "retried", _("Retried")
    CANCELED = "canceled", _("Canceled")
    ABORTED = "aborted", _("Aborted")


LIVE = (Status.NEW, Status.IN_PROGRESS, Status.HANDED_OVER)
ENDED = (Status.COMPLETE, Status.FAILED, Status.RETRIED, Status.CANCELED, Status.ABORTED)


class Lifecycle(models.Model):
    """The status column and its transitions; `Task` inherits them."""

    status = FSMField(max_length=12, default=Status.NEW, choices=Status.choices)

    class Meta:
        abstract = True

    @transition(status, source=Status.NEW, target=Status.IN_PROGRESS)
    def start(self) -> None:
        """A worker claims it, a push begins, or its application or a person starts it."""

    @transition(status, source=Status.IN_PROGRESS, target=Status.NEW)
    def release(self) -> None:
        """The executor gives it back unfinished, or was lost under automatic recovery."""

    @transition(status, source=(Status.NEW, Status.IN_PROGRESS, Status.HANDED_OVER), target=Status.COMPLETE)
    def complete(self) -> None:
        """Done: by its executor, by "find and update" without a lease, or by a person's submission."""

    @transition(status, source=(Status.NEW, Status.IN_PROGRESS, Status.HANDED_OVER), target=Status.FAILED)
    def fail(self) -> None:
        """Ended with an error, and nothing else applies."""

    @transition(status, source=(Status.IN_PROGRESS, Status.FAILED), target=Status.RETRIED)
    def replace(self) -> None:
        """A new task with the same properties takes over."""

    @transition(status, source=(Status.NEW, Status.IN_PROGRESS), target=Status.HANDED_OVER)
    def hand_over(self) -> None:
        """Given to a person: asked for, failed over, unclaimed in time, or taken over."""

    @transition(status, source=Status.HANDED_OVER, target=Status.NEW)
    def return_to_queue(self) -> None:
        """The person gives it back and a function goes on with it."""

    @transition(status, source=Status.HANDED_OVER, target=Status.IN_PROGRESS)
    def return_to_application(self) -> None:
        """The person gives it back and its application, which has no function for it, goes on."""

    @transition(status, source=(Status.NEW, Status.HANDED_OVER), target=Status.CANCELED)
    def cancel(self) -> None:
        """Revoked before it was done."""

    @transition(status, source=Status.IN_PROGRESS, target=Status.CANCELED)
    def confirm_cancel(self) -> None:
        """The executor stopped because it was asked to."""

    @transition(status, source=LIVE, target=Status.ABORTED)
    def abort(self) -> None:
        """Its run was aborted."""

    @transition(status, source=(Status.COMPLETE, Status.FAILED, Status.CANCELED), target=Status.NEW)
    def reopen(self) -> None:
        """Back to the start, by hand."""


def may(task: Lifecycle, name: str) -> bool:
    """Whether the lifecycle allows the transition from where the task stands."""
    return can_proceed(getattr(task, name))


def move(task: Lifecycle, name: str) -> None:
    """Run a transition in memory. Raises Conflict, with `already_ended` when the task has ended."""
    method: Callable[[], None] = getattr(task, name)
    try:
        method()
    except TransitionNotAllowed:
        ended = task.status in ENDED
        words = Status(task.status).label
        detail = f"The task has ended ({words})." if ended else f"That is not possible while the task is: {words}."
        raise Conflict(detail, code=Code.ALREADY_ENDED if ended else Code.CONFLICT) from None


def edges() -> set[tuple[str, str]]:
    """Every (from, to) that the transitions declare."""
    result = set()
    for name in vars(Lifecycle):
        meta = getattr(getattr(Lifecycle, name), "_django_fsm", None)
        if meta:
            result |= {(source, t.target) for source, t in meta.transitions.items()}
    return result
