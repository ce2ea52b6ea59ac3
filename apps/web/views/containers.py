"""Containers: their list, a new one, board, list of tasks, settings with members."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_http_methods, require_POST, require_safe

from apps.actors.actor import Actor
from apps.containers import access, queries, services
from apps.containers.models import Container, Everyone, Membership, Role, TaskType
from apps.containers.type_document.spec import spec_of
from apps.core import media
from apps.core.errors import Conflict, Invalid, Widens
from apps.tasks.queries import old_tasks
from apps.web import confirmations
from apps.web.contexts.containers import (
    ContainerRow,
    ContainersPage,
    MemberRow,
    NewContainerPage,
    SettingsPage,
    TypeRow,
)
from apps.web.contexts.pages import ChangesPart
from apps.web.contexts.parts import Choice
from apps.web.once import once
from apps.web.pages import board, csv_export, table
from apps.web.pages.paging import page_of, with_values
from apps.web.people import Names, actor_of, names_of, zone_of
from apps.web.problems import place_problems, problems_of
from apps.web.responses import SeeOther, is_part
from apps.web.schema_form.contexts import ErrorLine

TARGETS = {"title": "container-title", "description": "container-description", "everyone": "container-everyone"}
EVERYONE_CHOICES: list[Choice] = [(choice.value, str(choice.label)) for choice in Everyone]
ROLE_CHOICES: list[Choice] = [(choice.value, str(choice.label)) for choice in Role]


@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    """`/containers/`."""
    actor, names = actor_of(request), names_of(request)
    rows, page = page_of(queries.list_containers(actor), request.GET)
    roles = access.roles_in(actor, rows)
    for container in rows:
        names.know(container.application)
    shown: list[ContainerRow] = [
        {
            "title": row.title,
            "slug": row.slug,
            "description": row.description,
            "owner": row.application.reference if row.application else "",
            "role": str(Role(roles[row.pk]).label),
        }
        for row in rows
    ]
    context: ContainersPage = {"containers": shown, "page": page}
    return render(request, "containers/list.html", context)


@once
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """`/containers/new/`: a container of people; the person who makes it becomes its manager."""
    values = {name: request.POST.get(name, "").strip() for name in ("title", "slug", "description", "everyone")}
    values["everyone"] = values["everyone"] or Everyone.NONE
    errors: list[ErrorLine] = []
    form_errors: list[str] = []
    if request.method == "POST":
        try:
            return SeeOther(reverse("web:container", args=[_create(request, values)]))
        except Invalid as error:
            errors, form_errors = _errors(error)
        except Conflict as error:
            errors = [ErrorLine("container-slug", _("Name in addresses"), error.detail)]
    context: NewContainerPage = {
        "values": values,
        "everyone_choices": EVERYONE_CHOICES,
        "errors": errors,
        "form_errors": form_errors,
    }
    return render(request, "containers/new.html", context, status=422 if errors or form_errors else 200)


def _create(request: HttpRequest, values: dict[str, str]) -> str:
    body = {name: values[name] for name in ("title", "description", "everyone")}
    if not values["title"]:
        raise Invalid.at("/title", _("Give it a title."))
    return services.make_container(actor_of(request), body, name=values["slug"]).slug


def _errors(error: Invalid) -> tuple[list[ErrorLine], list[str]]:
    """The problems of inputs of the form, and the others."""
    lines, others = place_problems(problems_of(error), TARGETS)
    return lines, [problem.detail for problem in others]


@require_safe
def show_board(request: HttpRequest, slug: str) -> HttpResponse:
    """`/containers/SLUG/`; with htmx the columns alone."""
    context = board.board_page(request, board.place_of(request, slug))
    return render(request, "containers/_board.html" if is_part(request) else "containers/board.html", context)


@require_safe
@cache_control(private=True, no_cache=True)
@conditional_page
def changes(request: HttpRequest, slug: str) -> HttpResponse:
    """What the board's poll gets: how many cards have changed, or 304."""
    count = board.change_count(request, board.place_of(request, slug))
    url = reverse("web:container", args=[slug]) + with_values(request.GET, seen="")
    context: ChangesPart = {"changes": count, "url": url}
    return render(request, "inbox/_changes.html", context)


@require_safe
def show_table(request: HttpRequest, slug: str) -> HttpResponse:
    """`/containers/SLUG/list/`: the same tasks as a list."""
    return render(request, "containers/tasks.html", table.table_page(request, board.place_of(request, slug)))


@require_safe
def download_table(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    """`/containers/SLUG/list/csv/`: the list with the same filters, as a file."""
    place = board.place_of(request, slug)
    columns = csv_export.columns_of(place, request.GET.get("type", ""))
    pieces = csv_export.lines(place, table.listed(request, place), columns, zone_of(request))
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8", headers=media.DOWNLOAD_HEADERS)
    response.headers["Content-Disposition"] = f'attachment; filename="{slug}.csv"'
    return response


# --- Settings -----------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest, slug: str) -> HttpResponse:
    """`/containers/SLUG/settings/`, for managers: people, words, who else may come in."""
    container = access.get_container(actor_of(request), slug, "manage")
    if request.method != "POST":
        return _settings(request, slug)
    body = {name: request.POST[name].strip() for name in TARGETS if name in request.POST}
    confirmed = {"confirm_widen": confirmations.is_confirmed(request)}
    try:
        services.patch_container(actor_of(request), container.slug, {**body, **confirmed})
    except Widens as error:
        return _ask(request, slug, error, body)
    except Invalid as error:
        return _settings(request, slug, error=error, typed=body)
    messages.success(request, _("Saved."))
    return SeeOther(request.path)


@once
@require_POST
def put_member(request: HttpRequest, slug: str) -> HttpResponse:
    """Let somebody in, or change their role."""
    access.get_container(actor_of(request), slug, "manage")
    reference, role = request.POST.get("member", "").strip(), request.POST.get("role", "")
    confirmed = confirmations.is_confirmed(request)
    try:
        services.put_member(actor_of(request), slug, reference, role, confirm_widen=confirmed)
    except Widens as error:
        return _ask(request, slug, error, {"member": reference, "role": role})
    except (Invalid, Conflict) as error:
        return _settings(request, slug, error=error, member={"reference": reference, "role": role})
    messages.success(request, _("%(member)s is in.") % {"member": reference})
    return SeeOther(reverse("web:container_settings", args=[slug]))


@require_POST
def delete_member(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """End a membership."""
    access.get_container(actor_of(request), slug, "manage")
    try:
        services.delete_member(actor_of(request), slug, reference)
    except Conflict as error:
        return _settings(request, slug, error=error)
    messages.success(request, _("%(member)s is out.") % {"member": reference})
    return SeeOther(reverse("web:container_settings", args=[slug]))


def _ask(request: HttpRequest, slug: str, error: Widens, typed: dict[str, str]) -> HttpResponse:
    """Who comes to see how many tasks; the second click sends what was typed again."""
    counts = [(gain["title"], int(str(gain["tasks"]))) for gain in error.gains]
    sentences = tuple(
        ngettext("%(who)s: %(n)d task is opened.", "%(who)s: %(n)d tasks are opened.", n) % {"who": who, "n": n}
        for who, n in counts
    )
    question = confirmations.Confirmation(
        title=_("Let more people see tasks?"), button=_("Save"), consequences=sentences, hidden=tuple(typed.items())
    )
    return confirmations.show(request, question, back=reverse("web:container_settings", args=[slug]))


def _settings(
    request: HttpRequest,
    slug: str,
    *,
    error: Invalid | Conflict | None = None,
    typed: dict[str, str] | None = None,
    member: dict[str, str] | None = None,
) -> HttpResponse:
    """The page of the settings, with what was typed and what was wrong with it."""
    actor, names = actor_of(request), names_of(request)
    container = access.get_container(actor, slug, "manage")
    names.know(container.application)
    shown = {name: getattr(container, name) for name in ("title", "slug", "description", "everyone")}
    errors, form_errors = _errors(error) if isinstance(error, Invalid) and typed is not None else ([], [])
    if error is not None and typed is None:
        errors = [ErrorLine("member-name", _("New member"), error.detail)]
    context: SettingsPage = {
        "container": {**shown, **(typed or {})},
        "managed_by": container.application.reference if container.application else "",
        "everyone_choices": EVERYONE_CHOICES,
        "roles": ROLE_CHOICES,
        "errors": errors,
        "form_errors": form_errors,
        "members": [_member(row, slug, names) for row in queries.list_members(actor, slug)],
        "member": member or {"reference": "", "role": Role.CONTRIBUTOR},
        "member_url": reverse("web:container_members", args=[slug]),
        "save_url": reverse("web:container_settings", args=[slug]),
        "types": _types(actor, container),
    }
    return render(request, "containers/settings.html", context, status=422 if error else 200)


def _member(row: Membership, slug: str, names: Names) -> MemberRow:
    names.know(row.user, row.team, row.application)
    url = reverse("web:container_member_remove", args=[slug, row.member])
    return {"reference": row.member, "role_label": str(Role(row.role).label), "remove_url": url}


def _types(actor: Actor, container: Container) -> list[TypeRow]:
    """The types, with the number of their live tasks of older versions; a manager may migrate the types of people."""
    old = old_tasks(actor, container)
    kinds = queries.list_types(actor, container, Role.MANAGER)
    return [_type(kind, container.slug, 0 if kind.application_id else old.get(kind.pk, 0)) for kind in kinds]


def _type(kind: TaskType, slug: str, old: int) -> TypeRow:
    spec = spec_of(kind.current)  # type: ignore[arg-type]
    stages = ", ".join(stage.title for stage in spec.stages)
    return {
        "title": kind.title,
        "name": kind.name,
        "version": spec.number,
        "stages": stages,
        "old": old,
        "migrate_url": reverse("web:type_migrate", args=[slug, kind.name]),
    }
