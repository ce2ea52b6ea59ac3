"""The event log in the administration: what happened, to what the administrator may know of."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from apps.actors.references import actor_of_user
from apps.containers.admin import known_containers
from apps.core.admin import ReadOnlyAdmin
from apps.events import event_types
from apps.events.models import Event
from apps.tasks import access, queries
from taskhub import __version__

admin.site.index_title = f"TaskHub {__version__}"
OPERATIONS = (event_types.OPERATION_CHANGED, event_types.OPERATION_SETTLED)
SUMMARY_KEYS = ("did", "name", "prefix", "member", "role", "version", "reason")


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """Append-only. Of tasks only that something happened: what it was reads the task's own history."""

    list_display = ("time", "type", "actor", "summary")
    search_fields = ("=type", "=actor")
    ordering = ("-id",)
    fields = readonly_fields = ("time", "type", "actor", "summary", "task_id", "container_id", "application_id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        """Events of accounts, of known containers, of one's own operations, and of tasks that exist for the reader."""
        actor = actor_of_user(request.user)  # type: ignore[arg-type]
        tasks = queries.tasks_for(actor)
        working = tasks.filter(access.working_condition(actor))
        own = Q(task_id=None, container_id=None) | Q(task_id=None, container_id__in=known_containers().values("pk"))
        own &= ~Q(type__in=OPERATIONS) | Q(data__author=str(actor))
        seen = Q(task_id__in=tasks.values("pk"), audience=Event.Audience.TASK) | Q(task_id__in=working.values("pk"))
        return Event.objects.filter(own | seen)

    @admin.display(description=gettext_lazy("what"))
    def summary(self, event: Event) -> str:
        """Who did what to which account or container, and why."""
        if event.task_id is not None:
            return ""
        return ", ".join(str(event.data[key]) for key in SUMMARY_KEYS if event.data.get(key))
