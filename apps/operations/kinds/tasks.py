"""The kinds of operations on tasks. Each calls the service that a person or an application would call for one task."""

from collections.abc import Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from apps.actors import references
from apps.actors.actor import Actor
from apps.automation.queue import failure
from apps.core.body import Body
from apps.core.errors import Invalid, TaskHubError
from apps.core.json_types import JsonObject
from apps.core.shapes import FreeObject, Text
from apps.tasks import limits, services
from apps.tasks.lifecycle import LIVE, Status

from .base import Kind, Result, refused


class Retry(Kind):
    """A new attempt takes the place of each failed task. Settled when it has ended, or is with a person again."""

    statuses = (Status.FAILED,)
    excluded = "not_failed"
    settles_well = (Status.COMPLETE,)
    keys = {"fields": FreeObject()}

    def work(self, actor: Actor, tasks: Sequence[UUID], options: JsonObject) -> list[Result]:
        """All together; one by one if their input is mended, which each may refuse."""
        if options:
            return super().work(actor, tasks, options)
        retried = services.retry_tasks(actor, tasks)
        return [
            refused(task, result) if isinstance(result, TaskHubError) else Result(task, self.done_outcome, result)
            for task, result in zip(tasks, retried, strict=True)
        ]

    def repair(self, actor: Actor, task: UUID, options: JsonObject) -> UUID:
        return services.retry_task(actor, str(task), fields=options["fields"]).pk


class Skip(Kind):
    """End each as skipped: it counts as no failure."""

    statuses = (*LIVE, Status.FAILED)
    excluded = "already_ended"

    def repair(self, actor: Actor, task: UUID, options: JsonObject) -> UUID:
        services.skip_task(actor, str(task))
        return task


class Cancel(Kind):
    """Revoke each; what executes is asked to stop, and has settled when it did."""

    statuses = LIVE
    excluded = "already_ended"
    settles_well = (Status.CANCELED,)

    def repair(self, actor: Actor, task: UUID, options: JsonObject) -> UUID:
        services.cancel_task(actor, str(task))
        return task


class FailOver(Kind):
    """Give each to the people who are named for when the automation fails."""

    statuses = (Status.NEW, Status.IN_PROGRESS)
    excluded = "wrong_status"

    def repair(self, actor: Actor, task: UUID, options: JsonObject) -> UUID:
        failure.fail_over_task(actor, str(task))
        return task


class Reassign(Kind):
    """Make somebody the assignee of each."""

    statuses = LIVE
    excluded = "already_ended"
    keys = {"to": Text(limits.LONGEST_WORD, description="user:NAME")}
    required = ("to",)

    def read_options(self, actor: Actor, body: Body) -> JsonObject:
        """Whether the person exists is known before any task is touched."""
        try:
            references.find(body.get("to", "user:"), pointer="/to", kinds=("user",))
        except Invalid as error:
            body.wrong("to", error.detail)
        return super().read_options(actor, body)

    def repair(self, actor: Actor, task: UUID, options: JsonObject) -> UUID:
        services.edit_task(actor, str(task), {"assignee": options["to"]})
        return task


class SetFields(Kind):
    """Set the same values in each."""

    statuses = LIVE
    excluded = "already_ended"
    keys = {"fields": FreeObject()}
    required = ("fields",)

    def read_options(self, actor: Actor, body: Body) -> JsonObject:
        """Something must be set."""
        if not body.get("fields") and not body.problems:
            body.wrong("fields", _("Say which fields to set."))
        return super().read_options(actor, body)

    def repair(self, actor: Actor, task: UUID, options: JsonObject) -> UUID:
        services.edit_task(actor, str(task), {"fields": options["fields"]})
        return task
