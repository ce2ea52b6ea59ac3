"""What all pages of the administration share: bounded counting, no lookups by URL, refusals in words, reasons."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest, ValidationError
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from apps.core.errors import TaskHubError

MOST_ROWS = 1000
LONGEST_REASON = 500


class BoundedPaginator(Paginator):
    """Counts no further than MOST_ROWS: search narrows down what lies behind."""

    @cached_property
    def count(self) -> int:
        """How many rows there are to page through."""
        rows: Any = self.object_list[:MOST_ROWS]
        return int(rows.count())


class CalmAdmin(admin.ModelAdmin):
    """Nothing is deleted, nothing fully counted, and no URL asks about columns that the page does not show.

    What a service refuses becomes a message; the page is shown again.
    """

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    list_per_page = 50
    lookups: tuple[str, ...] = ()

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only what the filters beside the list ask: a lookup on a hidden column would disclose its value."""
        return lookup.split("__")[0] in {*self.list_filter, *self.lookups}

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody: rows that others name stay."""
        return False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Django's, with refusals in words."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except TaskHubError as error:
            self.message_user(request, error.detail, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def response_action(self, *args: Any, **kwargs: Any) -> Any:
        """Django's; rows named by what is no id are a bad request."""
        try:
            return super().response_action(*args, **kwargs)
        except ValidationError as error:
            raise BadRequest("A chosen row has no such id.") from error

    def act(self, request: HttpRequest, rows: Any, act: Callable[[Any], object], done: str) -> None:
        """Do something to each row through a service; one that refuses does not hold up the others."""
        succeeded = 0
        for row in rows:
            try:
                act(row)
                succeeded += 1
            except TaskHubError as error:
                self.message_user(request, f"{row}: {error.detail}", messages.ERROR)
        if succeeded:
            self.message_user(request, done % {"count": succeeded}, messages.SUCCESS)

    def reason_or_page(
        self, request: HttpRequest, rows: models.QuerySet[Any], *, action: str, title: str
    ) -> tuple[str, HttpResponse | None]:
        """(the reason that was given, None), or ("", the page that asks for it)."""
        reason = request.POST.get("reason", "").replace("\0", "").strip()[:LONGEST_REASON]
        if reason:
            return reason, None
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "rows": rows[:100],
            "action": action,
            "checkbox": ACTION_CHECKBOX_NAME,
            "missing": "reason" in request.POST,
        }
        return "", TemplateResponse(request, "admin/reason.html", context)


class ReadOnlyAdmin(CalmAdmin):
    """To look at; what may be done is a named action."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody."""
        return False


class ReadOnlyInline(admin.TabularInline):
    """Rows of another table, to look at."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody."""
        return False


admin.site.site_header = admin.site.site_title = "TaskHub"
admin.site.index_title = gettext_lazy("Administration")
