"""Administration of tasks: those that the administrator sees anyway, without a value of any field.

Status and leases are changed by nothing here but the named actions, which call the services and say why.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.actors.references import actor_of_user
from apps.core.admin import ReadOnlyAdmin

from . import access, queries, search, services
from .models import BreakGlass, Task


@admin.register(Task)
class TaskAdmin(ReadOnlyAdmin):
    """Tasks that exist for the reader."""

    list_display = ("key", "title", "container", "status", "stage", "function", "assignee", "updated_at")
    list_filter = ("status",)
    search_fields = ("key", "title", "correlation_id")  # that there is a search; `get_search_results` says how
    ordering = ("-id",)
    sortable_by = ()
    fields = readonly_fields = (
        "key", "title", "container", "type_version", "status", "status_changed_at", "stage", "function", "priority",
        "start_at", "due_at", "privacy", "reporter", "assignee", "correlation_id", "cancel_requested", "created_at",
        "updated_at", "lease_worker", "lease_expires_at", "delivery",
    )  # fmt: skip
    actions = ("cancel", "retry", "skip")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Task]:
        """No administrator sees through privacy."""
        return queries.listed_for(_actor(request))

    def get_search_results(self, request: HttpRequest, rows: QuerySet[Task], words: str) -> tuple[QuerySet[Task], bool]:
        """By correlation id, else by the words that the administrator may read."""
        if not words.strip():
            return rows, False
        named = rows.filter(correlation_id=words.strip())
        return (named if named.exists() else rows.filter(search.matching_text(_actor(request), words))), False

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

    @admin.action(description=gettext_lazy("Skip tasks"), permissions=["act"])
    def skip(self, request: HttpRequest, rows: QuerySet[Task]) -> HttpResponse | None:
        """End the chosen tasks, which need not be done, with a reason that becomes a note."""
        reason, page = self.reason_or_page(request, rows, action="skip", title=_("Skip tasks"))
        if page is None:
            actor = _actor(request)

            def skip(task: Task) -> None:
                services.skip_task(actor, task.pk, note=reason)

            self.act(request, rows, skip, _("%(count)s skipped."))
        return page


class OpeningForm(forms.ModelForm):
    """Which task, why, and for how long."""

    task = forms.CharField(
        label=gettext_lazy("Task"), max_length=36, help_text=gettext_lazy("Its key or id. Its people get a notice.")
    )
    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes"), min_value=1, max_value=services.MOST_MINUTES, initial=services.MOST_MINUTES
    )

    class Meta:
        model = BreakGlass
        fields = ("reason",)


@admin.register(BreakGlass)
class BreakGlassAdmin(ReadOnlyAdmin):
    """Break-glass: opening one task that one does not see, for at most an hour, with a reason. For superusers."""

    list_display = ("created_at", "user", "task_key", "reason", "ends_at", "ended_at")
    list_select_related = ("user", "task")
    ordering = ("-id",)
    fields = readonly_fields = ("user", "task_key", "reason", "created_at", "ends_at", "ended_at")
    actions = ("close",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[BreakGlass]:
        """One's own openings, and those of tasks that exist for the reader."""
        actor = _actor(request)
        return BreakGlass.objects.filter(Q(user=actor.id) | Q(access.task_exists_for(actor, "task_id")))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Superusers."""
        return bool(request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers."""
        return bool(request.user.is_superuser)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Superusers."""
        return bool(request.user.is_superuser)

    def has_close_permission(self, request: HttpRequest) -> bool:
        """Superusers."""
        return bool(request.user.is_superuser)

    @admin.display(description=gettext_lazy("task"))
    def task_key(self, opening: BreakGlass) -> str:
        """What was opened; what it is says its page, while it is open."""
        return opening.task.key or str(opening.task_id)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The form of a new one, or the columns."""
        return self.fields if obj else ("task", "reason", "minutes")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """All columns."""
        return self.readonly_fields if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form of a new one."""
        return super().get_form(request, obj, change, **kwargs) if obj else OpeningForm

    def save_model(self, request: HttpRequest, obj: BreakGlass, form: Any, change: bool) -> None:
        """Through the service, which sends the task's people a notice."""
        value = form.cleaned_data
        made = services.break_glass(_actor(request), value["task"], reason=value["reason"], minutes=value["minutes"])
        obj.__dict__.update(made.__dict__)

    def response_add(self, request: HttpRequest, obj: BreakGlass, post_url_continue: Any = None) -> HttpResponse:
        """On to the task."""
        return HttpResponseRedirect(reverse("web:task", args=[obj.task.key or obj.task_id]))

    @admin.action(description=gettext_lazy("Close again"), permissions=["close"])
    def close(self, request: HttpRequest, rows: QuerySet[BreakGlass]) -> None:
        """End the chosen ones now."""
        actor = _actor(request)
        self.act(request, rows, lambda opening: services.end_break_glass(actor, opening.pk), _("%(count)s closed."))


def _actor(request: HttpRequest) -> Any:
    return actor_of_user(request.user)  # type: ignore[arg-type]
