"""Administration of containers, read-only. Managers change them in the pages, applications over REST.

An administrator sees nobody's tasks by that, and of types only what everybody may know.
"""

import json
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.actors.references import actor_of_user
from apps.core.admin import ReadOnlyAdmin, ReadOnlyInline

from . import access, rendering, services
from .models import Container, Membership, TaskType, TypeVersion


def known_containers() -> QuerySet[Container]:
    """All but those of which no person knows: an application's own, without members."""
    hidden = Q(application__isnull=False, everyone="none", memberships__isnull=True)
    return Container.objects.exclude(pk__in=Container.objects.filter(hidden).values("pk"))


class Members(ReadOnlyInline):
    """Who belongs to it."""

    model = Membership
    fields = readonly_fields = ("user", "team", "application", "role")
    show_change_link = False


class Types(ReadOnlyInline):
    """What kinds of tasks there are."""

    model = TaskType
    fields = readonly_fields = ("name", "title", "application", "retired_at")


@admin.register(Container)
class ContainerAdmin(ReadOnlyAdmin):
    """Places of tasks."""

    list_display = ("slug", "title", "application", "everyone")
    list_filter = ("everyone",)
    list_select_related = ("application",)
    search_fields = ("slug", "title")
    ordering = ("slug",)
    fields = readonly_fields = ("slug", "title", "description", "application", "everyone", "managers_see_restricted")
    inlines = (Members, Types)
    actions = ("appoint_me",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Container]:
        """Containers that a person can know of."""
        return known_containers()

    def has_appoint_permission(self, request: HttpRequest) -> bool:
        """Superusers."""
        return bool(request.user.is_superuser)

    @admin.action(description=gettext_lazy("Become manager of containers that nobody leads"), permissions=["appoint"])
    def appoint_me(self, request: HttpRequest, rows: QuerySet[Container]) -> HttpResponse | None:
        """Take over containers of people whose managers are all gone."""
        reason, page = self.reason_or_page(request, rows, action="appoint_me", title=_("Become manager"))
        if page is None:
            actor = actor_of_user(request.user)  # type: ignore[arg-type]

            def appoint(container: Container) -> None:
                services.appoint_manager(actor, container.slug, str(actor), reason=reason)

            self.act(request, rows, appoint, _("You manage %(count)s more."))
        return page


class Versions(ReadOnlyInline):
    """The published versions, the latest first."""

    model = TypeVersion
    fields = readonly_fields = ("number", "pushed_by", "created_at")


@admin.register(TaskType)
class TaskTypeAdmin(ReadOnlyAdmin):
    """Kinds of tasks."""

    list_display = ("name", "title", "container", "application", "retired_at")
    list_select_related = ("container", "application")
    search_fields = ("name", "title", "container__slug")
    ordering = ("container__slug", "name")
    fields = readonly_fields = ("name", "title", "container", "application", "retired_at")
    inlines = (Versions,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[TaskType]:
        """Types of containers that a person can know of."""
        return TaskType.objects.filter(container__in=known_containers().values("pk"))


@admin.register(TypeVersion)
class TypeVersionAdmin(ReadOnlyAdmin):
    """The documents of types, as far as the reader may know them."""

    list_display = ("type", "number", "pushed_by", "created_at")
    list_select_related = ("type",)
    search_fields = ("type__name", "type__container__slug")
    ordering = ("-created_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[TypeVersion]:
        """Versions of types of containers that a person can know of."""
        return TypeVersion.objects.filter(type__container__in=known_containers().values("pk"))

    def get_fields(self, request: HttpRequest, obj: TypeVersion | None = None) -> tuple[Any, ...]:
        """The columns, and the document as the reader may know it."""

        def document(version: TypeVersion) -> str:
            return _document(request, version)

        document.short_description = _("document")  # type: ignore[attr-defined]
        return ("type", "number", "pushed_by", "created_at", document)

    def get_readonly_fields(self, request: HttpRequest, obj: TypeVersion | None = None) -> tuple[Any, ...]:
        """All of them."""
        return self.get_fields(request, obj)


def _document(request: HttpRequest, version: TypeVersion) -> str:
    actor = actor_of_user(request.user)  # type: ignore[arg-type]
    container = version.type.container
    spec = rendering.spec_for(actor, container, access.role_of(actor, container), version)
    return format_html("<pre>{}</pre>", json.dumps(spec, indent=2, ensure_ascii=False))
