"""Making and changing tasks by hand, among people: title, description, assignee, due date, fields."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from apps.containers.models import TaskType
from apps.containers.type_document.spec import spec_of
from apps.core.errors import Forbidden, Invalid, Problem, SchemaViolation, VersionMismatch
from apps.core.text import is_blank, trimmed
from apps.tasks import services
from apps.tasks.access import TaskPermissions, writable_fields
from apps.tasks.limits import LONGEST_TAG, LONGEST_TITLE, MOST_TAGS
from apps.tasks.models import Task
from apps.tasks.rendering import version_of, visible_values
from apps.web.contexts.parts import Conflicting
from apps.web.contexts.task_forms import EditPage, TaskFormPage, TypeTab
from apps.web.once import once
from apps.web.pages import board, choices, fields, menu
from apps.web.pages.rows import task_url
from apps.web.pages.task import head, permissions_on_page
from apps.web.people import actor_of, zone_of
from apps.web.problems import place_problems, problems_of, status_of
from apps.web.responses import SeeOther
from apps.web.schema_form import Form, Submission, build_form, parse_form, present_form, reshaped
from apps.web.schema_form.scalars import one_newline
from apps.web.tags import as_line, read_tags, tags_text
from apps.web.timestamps import picker_text, read_picker
from apps.web.uploads import take_uploads

LABELS = {
    "title": gettext_lazy("Title"),
    "description": gettext_lazy("Description"),
    "assignee": gettext_lazy("Assignee"),
    "due_at": gettext_lazy("Due"),
    "tags": gettext_lazy("Tags"),
}


# --- A new one ----------------------------------------------------------------------------------------


@once
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """`/containers/SLUG/tasks/new/?type=NAME`. In an application's place it leads to the form of requests."""
    place = board.place_of(request, slug)
    offers = board.new_urls(place)
    if not offers:
        raise Forbidden(_("Your role in this container does not allow you to create tasks."))
    wanted = request.GET.get("type", "")
    kind, url = next(((kind, url) for kind, url in offers if kind.name == wanted), offers[0])
    if not place.container.is_peoples:
        return SeeOther(url)
    form = _new_form(request, slug, kind)
    if request.method != "POST":
        return _show_new(request, place, offers, kind, form)
    changed = reshaped(request.POST)
    if changed is not None:
        return _show_new(request, place, offers, kind, form, Submission(posted=changed))
    submission = parse_form(form, request.POST)
    problems = [*_title_problems(request)]
    if not (submission.problems or problems):
        try:
            return SeeOther(task_url(_create(request, slug, kind, submission)))
        except (Invalid, SchemaViolation) as error:
            problems = problems_of(error)
    return _show_new(request, place, offers, kind, form, submission, problems, status=422)


def _new_form(request: HttpRequest, slug: str, kind: TaskType) -> Form:
    spec = spec_of(kind.current)  # type: ignore[arg-type]
    asked = services.fields_to_give(actor_of(request), slug, kind.name)
    offered = fields.suggestions(spec.schema, asked)
    return build_form(spec.schema, asked, zone=zone_of(request), suggestions=offered)


def _title_problems(request: HttpRequest) -> list[Problem]:
    title = trimmed(request.POST.get("title", ""))
    if is_blank(title):
        return [Problem("/title", "required", _("This is required."))]
    too_long = _("At most %(n)d characters.") % {"n": LONGEST_TITLE}
    return [Problem("/title", "invalid", too_long)] if len(title) > LONGEST_TITLE else []


def _create(request: HttpRequest, slug: str, kind: TaskType, submission: Submission) -> Task:
    body: dict[str, Any] = {
        "container": slug,
        "type": kind.name,
        "fields": submission.values,
        "title": request.POST["title"],
    }
    body["description"] = request.POST.get("description", "")
    return services.create_task(actor_of(request), body)[0]


def _show_new(
    request: HttpRequest,
    place: board.Place,
    offers: Sequence[tuple[TaskType, str]],
    kind: TaskType,
    form: Form,
    submission: Submission | None = None,
    problems: Sequence[Problem] = (),
    *,
    status: int = 200,
) -> HttpResponse:
    lines, others = place_problems(problems, ids_of("task"), LABELS)
    shown = present_form(form, submission, others)
    types: list[TypeTab] = [{"name": k.name, "title": k.title, "url": url, "chosen": k == kind} for k, url in offers]
    context: TaskFormPage = {
        "container": place.container,
        "types": types,
        "heading": _("New task"),
        "action_url": f"{request.path}?type={kind.name}",
        "button": _("Create task"),
        "with_text": True,
        "values": {name: request.POST.get(name, "") for name in ("title", "description")},
        "form": shown,
        "hidden": [],
        "errors": [*lines, *shown.errors],
        "form_errors": shown.form_errors,
        "back_url": reverse("web:container", args=[place.container.slug]),
    }
    return render(request, "tasks/new.html", context, status=status)


def ids_of(prefix: str) -> dict[str, str]:
    """The ids of the inputs of properties in a form whose ids begin with `prefix`."""
    return {name: f"{prefix}-{name}" for name in LABELS}


# --- A change -----------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, name: str) -> HttpResponse:
    """`/tasks/KEY/edit/`: the properties and fields that the reader may write."""
    permissions = permissions_on_page(request, name)
    writable = writable_fields(permissions)
    wrong = take_uploads(request, permissions, writable) if request.method == "POST" else []
    form = fields.edit_form(request, permissions)
    if not (permissions.is_asker or form.fields):
        raise Forbidden(_("You may not change this task."))
    if request.method != "POST":
        return _show_edit(request, permissions, form)
    changed = reshaped(request.POST)
    if changed is not None:
        return _show_edit(request, permissions, form, Submission(posted=changed))
    submission = parse_form(form, request.POST)
    values, problems = read_properties(request, permissions)
    problems += wrong
    if submission.problems or problems:
        return _show_edit(request, permissions, form, submission, problems, status=422)
    return _save(request, permissions, form, submission, values)


def _save(
    request: HttpRequest, permissions: TaskPermissions, form: Form, submission: Submission, values: dict[str, Any]
) -> HttpResponse:
    """Stores what was changed; a conflict shows both values, and keeps the typed ones in the form."""
    task = permissions.task
    changes = {**values, **changed_fields(permissions, submission)}
    try:
        services.edit_task(actor_of(request), str(task.pk), changes, if_match=request.POST.get("version") or None)
    except VersionMismatch:
        return _show_edit(
            request, permissions_on_page(request, str(task.pk)), form, submission, conflict=True, status=412
        )
    except (Invalid, SchemaViolation, Forbidden) as error:
        problems = problems_of(error)
        return _show_edit(request, permissions, form, submission, problems, status=status_of(error))
    messages.success(request, _("Saved."))
    return SeeOther(task_url(task))


def changed_fields(permissions: TaskPermissions, submission: Submission) -> dict[str, Any]:
    """`fields` as PATCH takes them: those whose typed value differs from the stored one."""
    before = visible_values(permissions)
    given = {
        name: value for name, value in submission.values.items() if before.get(name) != value or name not in before
    }
    given |= dict.fromkeys(submission.removed)
    return {"fields": given} if given else {}


def read_properties(request: HttpRequest, permissions: TaskPermissions) -> tuple[dict[str, Any], list[Problem]]:
    """The posted properties that differ from the task's, and what is wrong with them."""
    task, posted = permissions.task, request.POST
    if not permissions.is_asker:
        return {}, []
    values: dict[str, Any] = {}
    shown_due = picker_text(task.due_at, zone_of(request))
    problems = _title_problems(request) if "title" in posted else []
    if "title" in posted and as_line(posted["title"]) != as_line(task.title):
        values["title"] = posted["title"]
    if "description" in posted and one_newline(posted["description"]) != one_newline(task.description):
        values["description"] = one_newline(posted["description"])
    if "assignee" in posted and posted["assignee"] != (task.assignee.reference if task.assignee else ""):
        values["assignee"] = posted["assignee"] or None
    if posted.get("due_at.offset") or posted.get("due_at", shown_due) != shown_due:
        due, wrong = read_picker(posted, "due_at", zone_of(request))
        problems += wrong
        values |= {"due_at": due} if due != task.due_at else {}
    if "tags" in posted and as_line(posted["tags"]) != as_line(tags_text(task.tags)):
        values["tags"] = read_tags(posted["tags"], task.tags)
        problems += _tag_problems(values["tags"])
    return values, problems


def _tag_problems(tags: Sequence[str]) -> list[Problem]:
    if len(tags) > MOST_TAGS:
        return [Problem("/tags", "invalid", _("At most %(n)d tags.") % {"n": MOST_TAGS})]
    if any(len(tag) > LONGEST_TAG for tag in tags):
        return [Problem("/tags", "invalid", _("A tag has at most %(n)d characters.") % {"n": LONGEST_TAG})]
    return []


def _show_edit(
    request: HttpRequest,
    permissions: TaskPermissions,
    form: Form,
    submission: Submission | None = None,
    problems: Sequence[Problem] = (),
    *,
    conflict: bool = False,
    status: int = 200,
) -> HttpResponse:
    lines, others = place_problems(problems, ids_of("edit"), LABELS)
    shown = present_form(form, submission, others)
    stored = stored_properties(request, permissions)
    typed = {name: request.POST.get(name, value) for name, value in stored.items()}
    context: EditPage = {
        "task": head(permissions),
        "url": menu.action_url(permissions.task, "edit"),
        "version": version_of(permissions),
        "with_properties": permissions.is_asker,
        "values": typed,
        "people": choices.people(typed["assignee"]),
        "form": shown,
        "errors": [*lines, *shown.errors],
        "form_errors": shown.form_errors,
        "conflicts": _conflicts(request, permissions, submission, stored, typed) if conflict else [],
    }
    return render(request, "tasks/edit.html", context, status=status)


def stored_properties(request: HttpRequest, permissions: TaskPermissions) -> dict[str, str]:
    """The properties as a form holds them."""
    task = permissions.task
    return {
        "title": task.title,
        "description": task.description,
        "assignee": task.assignee.reference if task.assignee else "",
        "due_at": picker_text(task.due_at, zone_of(request)),
        "tags": tags_text(task.tags),
    }


def _conflicts(
    request: HttpRequest,
    permissions: TaskPermissions,
    submission: Submission | None,
    stored: dict[str, str],
    typed: dict[str, str],
) -> list[Conflicting]:
    """Typed beside stored, where they differ."""
    rows: list[Conflicting] = [
        {"label": str(LABELS[name]), "yours": typed[name], "theirs": stored[name]}
        for name in stored
        if name in request.POST and one_newline(typed[name]) != one_newline(stored[name])
    ]
    return rows + (fields.conflicts(request, permissions, submission.values) if submission else [])
