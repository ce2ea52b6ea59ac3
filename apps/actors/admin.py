"""Administration of users, teams, applications and their keys. Every change goes through the services."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.admin import LONGEST_REASON, CalmAdmin, ReadOnlyAdmin, ReadOnlyInline
from apps.core.errors import Conflict

from . import passwords, services
from .models import ApiKey, Application, Team, User
from .references import actor_of_user


class NewUserForm(ModelForm):
    """A person without a password: they set it by a link."""

    class Meta:
        model = User
        fields = ("username", "email")


@admin.register(User)
class UserAdmin(CalmAdmin, DjangoUserAdmin):
    """People. The name never changes; nobody is deleted, but deactivated. Administrators are changed by superusers.

    Nobody sets the password of somebody else: the person does, by a link that works once.
    """

    list_display = ("username", "first_name", "last_name", "email", "is_active", "is_staff")
    list_filter = ("is_active", "is_staff")
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("username",)
    filter_horizontal = ()
    autocomplete_fields = ("groups",)
    add_form = NewUserForm
    change_form_template = "admin/user_form.html"
    add_form_template = None
    fieldsets = (
        (None, {"fields": ("username", "first_name", "last_name", "email", "is_active", "teams_of")}),
        (gettext_lazy("Administration"), {"fields": ("is_staff", "is_superuser", "groups")}),
        (gettext_lazy("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "email")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """The name after it was given, dates, and, but for superusers, what makes an administrator."""
        if obj is None:
            return ()
        powers = () if _is_superuser(request) else ("is_staff", "is_superuser", "groups")
        return ("username", "teams_of", "last_login", "date_joined", *powers)

    @admin.display(description=gettext_lazy("teams"))
    def teams_of(self, user: User) -> str:
        """Where they are changed: at the team."""
        return ", ".join(str(team) for team in user.teams.all())

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Administrators are changed by superusers alone; else a link to set a password would be a way up."""
        powerful = obj is not None and (obj.is_staff or obj.is_superuser)
        return super().has_change_permission(request, obj) and (_is_superuser(request) or not powerful)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Through the services, which record it."""
        actor = actor_of(request)
        if change:
            services.change_user(actor=actor, user=obj)
            return
        made = services.create_user(actor=actor, name=obj.username, password=None, email=obj.email)
        obj.__dict__.update(made.__dict__)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The groups, where the page asked for them."""
        if "groups" in form.cleaned_data:
            services.change_groups(actor=actor_of(request), user=form.instance, groups=form.cleaned_data["groups"])

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: str | None = None) -> HttpResponse:
        """A new person needs a link."""
        return HttpResponseRedirect(reverse("admin:actors_user_password_link", args=[obj.pk]))

    def get_urls(self) -> list[URLPattern]:
        """Django's without the page that sets a password, and the one that makes a link."""
        page = self.admin_site.admin_view(self.password_link_page)
        others = [url for url in super().get_urls() if url.name != "auth_user_password_change"]
        return [path("<uuid:id>/password-link/", page, name="actors_user_password_link"), *others]

    def password_link_page(self, request: HttpRequest, id: Any) -> HttpResponse:
        """Asks for a reason; then shows a new link this once."""
        person = self.get_object(request, str(id))
        if person is None:
            raise Http404
        if not self.has_change_permission(request, person):
            raise PermissionDenied
        reason, link = request.POST.get("reason", "").replace("\0", "").strip(), ""
        if request.method == "POST" and reason:
            try:
                made = passwords.make_link(actor=actor_of(request), user=person, reason=reason[:LONGEST_REASON])
                link = request.build_absolute_uri(made)
            except Conflict as error:
                self.message_user(request, error.detail, messages.ERROR)
        context = {**self.admin_site.each_context(request), "title": _("Make a link to set the password")}
        context |= {"opts": self.opts, "person": person, "link": link}
        context["missing"] = request.method == "POST" and not reason
        return TemplateResponse(request, "admin/password_link.html", context)


@admin.register(Team)
class TeamAdmin(CalmAdmin):
    """Audiences of people."""

    list_display = ("slug", "title")
    search_fields = ("slug", "title")
    ordering = ("slug",)
    autocomplete_fields = ("members",)
    fields = ("slug", "title", "members")

    def get_readonly_fields(self, request: HttpRequest, obj: Team | None = None) -> tuple[str, ...]:
        """References name the slug: it stays."""
        return ("slug",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Team, form: Any, change: bool) -> None:
        """A new one through the services; members follow in `save_related`."""
        if not change:
            made = services.create_team(actor=actor_of(request), slug=obj.slug, title=obj.title)
            obj.__dict__.update(made.__dict__)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Title and members together."""
        members = form.cleaned_data.get("members", ())
        services.change_team(actor=actor_of(request), team=form.instance, members=members)


class KeysOfApplication(ReadOnlyInline):
    """Keys by their beginning; what they open is kept nowhere."""

    model = ApiKey
    fields = readonly_fields = ("prefix", "label", "created_at", "last_used_at", "expires_at", "revoked_at")


@admin.register(Application)
class ApplicationAdmin(CalmAdmin):
    """Integrating programs. A key is issued on a page of its own and shown there once."""

    list_display = ("name", "title", "active")
    list_filter = ("active",)
    search_fields = ("name", "title")
    ordering = ("name",)
    fields = ("name", "title", "active", "owners", "owner_teams")
    autocomplete_fields = ("owners", "owner_teams")
    inlines = (KeysOfApplication,)
    change_form_template = "admin/application_form.html"
    add_form_template = "admin/change_form.html"

    def get_readonly_fields(self, request: HttpRequest, obj: Application | None = None) -> tuple[str, ...]:
        """References name the name: it stays."""
        return ("name",) if obj else ()

    def get_inlines(self, request: HttpRequest, obj: Application | None) -> Any:
        """Keys of applications that exist."""
        return self.inlines if obj else ()

    def save_model(self, request: HttpRequest, obj: Application, form: Any, change: bool) -> None:
        """Through the services, which record it."""
        if change:
            services.change_application(actor=actor_of(request), application=obj)
            return
        made = services.register_application(actor=actor_of(request), name=obj.name, title=obj.title)
        obj.__dict__.update(made.__dict__)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The owners, through the services, which record them."""
        users, teams = (form.cleaned_data.get(name, ()) for name in ("owners", "owner_teams"))
        services.change_owners(actor=actor_of(request), application=form.instance, users=users, teams=teams)
        for formset in formsets:
            self.save_formset(request, form, formset, change=change)

    def get_urls(self) -> list[URLPattern]:
        """Django's, and the page that issues keys."""
        page = self.admin_site.admin_view(self.issue_key_page)
        return [path("<uuid:id>/issue-key/", page, name="actors_application_issue_key"), *super().get_urls()]

    def issue_key_page(self, request: HttpRequest, id: Any) -> HttpResponse:
        """Asks for a reason; then shows a new key this once."""
        application = self.get_object(request, str(id))
        if application is None:
            raise Http404
        if not self.has_change_permission(request, application):
            raise PermissionDenied
        reason, label = (request.POST.get(name, "").replace("\0", "").strip() for name in ("reason", "label"))
        key = ""
        if request.method == "POST" and reason:
            key = services.issue_key(
                actor=actor_of(request), application=application, label=label[:100], reason=reason[:500]
            )
        context = {**self.admin_site.each_context(request), "title": _("Issue key"), "opts": self.opts}
        context |= {"application": application, "key": key, "missing": request.method == "POST" and not reason}
        return TemplateResponse(request, "admin/issue_key.html", context)


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Keys by their beginning, and the action that ends them."""

    list_display = ("prefix", "application", "label", "created_at", "last_used_at", "revoked_at")
    search_fields = ("prefix", "label", "application__name")
    list_select_related = ("application",)
    ordering = ("-created_at",)
    fields = readonly_fields = (
        "application", "prefix", "label", "created_at", "last_used_at", "expires_at", "revoked_at",
    )  # fmt: skip
    actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Those who may change keys."""
        return request.user.has_perm("actors.change_apikey")

    @admin.action(description=gettext_lazy("Revoke keys"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, rows: QuerySet[ApiKey]) -> HttpResponse | None:
        """End the chosen keys at once, with a reason."""
        reason, page = self.reason_or_page(request, rows, action="revoke", title=_("Revoke keys"))
        if page is None:
            actor = actor_of(request)

            def end(key: ApiKey) -> None:
                services.revoke_key(actor=actor, key=key, reason=reason)

            self.act(request, rows.select_related("application"), end, _("%(count)s revoked."))
        return page


def actor_of(request: HttpRequest) -> Any:
    """Who is at the keyboard."""
    return actor_of_user(request.user)  # type: ignore[arg-type]


def _is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_superuser)
