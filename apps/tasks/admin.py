"""Administration of tasks: those that the administrator sees anyway, without a value of any field.

Status and leases are changed by nothing here but the named actions, which call the services and say why.
"""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.actors.references import actor_of_user
from apps.core.admin import ReadOnlyAdmin

from . import queries, services
from .models import Task


@admin.register(Task)
class TaskAdmin(ReadOnlyAdmin):
    """Tasks that exist for the reader."""

    list_display = ("key", "title", "container", "status", "stage", "function", "assignee", "updated_at")
    list_filter = ("status",)
    search_fields = ("=key", "title", "=correlation_id")
    ordering = ("-id",)
    fields = readonly_fields = (
        "key", "title", "container", "type_version", "status", "status_changed_at", "stage", "function", "priority",
        "start_at", "due_at", "privacy", "reporter", "assignee", "correlation_id", "cancel_requested", "created_at",
        "updated_at", "lease_worker", "lease_expires_at", "delivery",
    )  # fmt: skip
    actions = ("cancel", "retry")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Task]:
        """No administrator sees through privacy."""
        return queries.tasks_for(_actor(request))

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Those who may change tasks; the services decide about each."""
        return request.user.has_perm("tasks.change_task")

    @admin.action(description=gettext_lazy("Cancel tasks"), permissions=["act"])
    def cancel(self, request: HttpRequest, rows: QuerySet[Task]) -> HttpResponse | None:
        """Cancel the chosen tasks, with a reason that becomes a note."""
        reason, page = self.reason_or_page(request, rows, action="cancel", title=_("Cancel tasks"))
        if page is None:
            actor = _actor(request)

            def cancel(task: Task) -> None:
                services.cancel_task(actor, task.pk, note=reason)

            self.act(request, rows, cancel, _("%(count)s canceled, or asked to stop."))
        return page

    @admin.action(description=gettext_lazy("Retry failed tasks"), permissions=["act"])
    def retry(self, request: HttpRequest, rows: QuerySet[Task]) -> HttpResponse | None:
        """Make new tasks of the chosen failed ones, with a reason that becomes a note."""
        reason, page = self.reason_or_page(request, rows, action="retry", title=_("Retry tasks"))
        if page is None:
            actor = _actor(request)

            def retry(task: Task) -> None:
                newest = services.retry_task(actor, task.pk)
                services.add_note(actor, newest.pk, text=reason, kind="work_note")

            self.act(request, rows, retry, _("%(count)s retried."))
        return page


def _actor(request: HttpRequest) -> Any:
    return actor_of_user(request.user)  # type: ignore[arg-type]
