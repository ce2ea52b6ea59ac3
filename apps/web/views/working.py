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

from apps.actors import queries as actors
from apps.containers.models import TaskType
from apps.containers.spec import spec_of
from apps.core.errors import Forbidden, Invalid, Problem, SchemaViolation, VersionMismatch
from apps.tasks import services
from apps.tasks.access import Standing, visible_fields
from apps.tasks.rendering import version_of, visible_values
from apps.web.answers import SeeOther
from apps.web.field_files import take_uploads
from apps.web.moments import read_due, typed_form
from apps.web.pages import board, fields, menu
from apps.web.pages.rows import task_url
from apps.web.pages.task import head, standing_at
from apps.web.people import actor_of, zone_of
from apps.web.schema_form import Answer, Form, build_form, parse_form, reshaped, show_form

LONGEST_TITLE = 300
LONGEST_TAG, MOST_TAGS = 100, 50
LABELS = {
    "title": gettext_lazy("Title"),
    "description": gettext_lazy("Description"),
    "assignee": gettext_lazy("Assignee"),
    "due_at": gettext_lazy("Due"),
    "tags": gettext_lazy("Tags"),
}


# --- A new one ----------------------------------------------------------------------------------------


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
        return _show_new(request, place, offers, kind, form, Answer(typed=changed))
    answer = parse_form(form, request.POST)
    problems = [*_title_problems(request)]
    if not (answer.problems or problems):
        try:
            return SeeOther(task_url(_create(request, slug, kind, answer)))
        except (Invalid, SchemaViolation) as error:
            problems = error.errors or [Problem("", error.code, error.detail)]
    return _show_new(request, place, offers, kind, form, answer, problems, status=422)


def _new_form(request: HttpRequest, slug: str, kind: TaskType) -> Form:
    spec = spec_of(kind.current)  # type: ignore[arg-type]
    asked = services.fields_to_give(actor_of(request), slug, kind.name)
    offered = fields.suggestions(spec.schema, asked)
    return build_form(spec.schema, asked, zone=zone_of(request), suggestions=offered)


def _title_problems(request: HttpRequest) -> list[Problem]:
    length = len(request.POST.get("title", "").strip())
    if not length:
        return [Problem("/title", "required", _("This is required."))]
    too_long = _("At most %(n)d characters.") % {"n": LONGEST_TITLE}
    return [Problem("/title", "invalid", too_long)] if length > LONGEST_TITLE else []


def _create(request: HttpRequest, slug: str, kind: TaskType, answer: Answer) -> Any:
    body = {"container": slug, "type": kind.name, "fields": answer.values, "title": request.POST["title"].strip()}
    body["description"] = request.POST.get("description", "")
    return services.create_task(actor_of(request), body)[0]


def _show_new(
    request: HttpRequest,
    place: board.Place,
    offers: Sequence[tuple[TaskType, str]],
    kind: TaskType,
    form: Form,
    answer: Answer | None = None,
    problems: Sequence[Problem] = (),
    *,
    status: int = 200,
) -> HttpResponse:
    plain, rest = split_problems(problems, "task")
    shown = show_form(form, answer, rest)
    types = [{"name": k.name, "title": k.title, "url": url, "chosen": k == kind} for k, url in offers]
    context = {
        "container": place.container,
        "types": types,
        "heading": _("New task"),
        "action_url": f"{request.path}?type={kind.name}",
        "button": _("Create task"),
        "with_text": True,
        "values": {name: request.POST.get(name, "") for name in ("title", "description")},
        "form": shown,
        "hidden": [],
        "errors": [*plain, *shown.errors],
        "form_errors": shown.form_errors,
        "back_url": reverse("web:container", args=[place.container.slug]),
    }
    return render(request, "tasks/new.html", context, status=status)


def split_problems(problems: Sequence[Problem], ids: str) -> tuple[list[Any], list[Problem]]:
    """Problems of the properties, as lines of the summary, and those of the fields."""
    plain: list[Any] = []
    rest: list[Problem] = []
    for problem in problems:
        name = problem.pointer.lstrip("/")
        if name in LABELS:
            plain.append({"target": f"{ids}-{name}", "label": LABELS[name], "message": problem.detail})
        else:
            rest.append(problem)
    return plain, rest


# --- A change -----------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, name: str) -> HttpResponse:
    """`/tasks/KEY/edit/`: properties for those whose task it is, and fields for those who may write them."""
    standing = standing_at(request, name)
    writable = [name for name, level in visible_fields(standing).items() if level.level == "write"]
    wrong = take_uploads(request, standing, writable) if request.method == "POST" else []
    form = fields.edit_form(request, standing)
    if not (standing.is_asker or form.questions):
        raise Forbidden(_("You may not change this task."))
    if request.method != "POST":
        return _show_edit(request, standing, form)
    changed = reshaped(request.POST)
    if changed is not None:
        return _show_edit(request, standing, form, Answer(typed=changed))
    answer = parse_form(form, request.POST)
    values, problems = read_properties(request, standing)
    problems += wrong
    if answer.problems or problems:
        return _show_edit(request, standing, form, answer, problems, status=422)
    return _save(request, standing, form, answer, values)


def _save(request: HttpRequest, standing: Standing, form: Form, answer: Answer, values: dict[str, Any]) -> HttpResponse:
    """Stores what was changed; a conflict shows both values, and keeps the typed ones in the form."""
    task = standing.task
    changes = {**values, **changed_fields(standing, answer)}
    try:
        services.edit_task(actor_of(request), str(task.pk), changes, if_match=request.POST.get("version") or None)
    except VersionMismatch:
        return _show_edit(request, standing_at(request, str(task.pk)), form, answer, conflict=True, status=412)
    except (Invalid, SchemaViolation, Forbidden) as error:
        problems = error.errors or [Problem("", error.code, error.detail)]
        return _show_edit(request, standing, form, answer, problems, status=error.status)
    messages.success(request, _("Saved."))
    return SeeOther(task_url(task))


def changed_fields(standing: Standing, answer: Answer) -> dict[str, Any]:
    """`fields` as PATCH takes them: those that were typed otherwise than they stand."""
    before = visible_values(standing)
    given = {name: value for name, value in answer.values.items() if before.get(name) != value or name not in before}
    given |= dict.fromkeys(answer.removed)
    return {"fields": given} if given else {}


def read_properties(request: HttpRequest, standing: Standing) -> tuple[dict[str, Any], list[Problem]]:
    """The posted properties that differ from the task's, and what is wrong with them."""
    task, said = standing.task, request.POST
    if not standing.is_asker:
        return {}, []
    values: dict[str, Any] = {}
    problems = _title_problems(request) if "title" in said else []
    if "title" in said and said["title"].strip() != task.title:
        values["title"] = said["title"].strip()
    if "description" in said and said["description"].replace("\r\n", "\n") != task.description:
        values["description"] = said["description"].replace("\r\n", "\n")
    if "assignee" in said and said["assignee"] != (task.assignee.reference if task.assignee else ""):
        values["assignee"] = said["assignee"] or None
    if "due_at" in said and said["due_at"] != typed_form(task.due_at, zone_of(request)):
        values["due_at"], wrong = read_due(said["due_at"], zone_of(request))
        problems += wrong
    if "tags" in said and _tags(said["tags"]) != list(task.tags):
        values["tags"] = _tags(said["tags"])
        problems += _tag_problems(values["tags"])
    return values, problems


def _tags(text: str) -> list[str]:
    """The words between commas, each once."""
    said = (" ".join(part.split()) for part in text.split(","))
    return list(dict.fromkeys(tag for tag in said if tag))


def _tag_problems(tags: Sequence[str]) -> list[Problem]:
    if len(tags) > MOST_TAGS:
        return [Problem("/tags", "invalid", _("At most %(n)d tags.") % {"n": MOST_TAGS})]
    if any(len(tag) > LONGEST_TAG for tag in tags):
        return [Problem("/tags", "invalid", _("A tag has at most %(n)d characters.") % {"n": LONGEST_TAG})]
    return []


def _show_edit(
    request: HttpRequest,
    standing: Standing,
    form: Form,
    answer: Answer | None = None,
    problems: Sequence[Problem] = (),
    *,
    conflict: bool = False,
    status: int = 200,
) -> HttpResponse:
    plain, rest = split_problems(problems, "edit")
    shown = show_form(form, answer, rest)
    stored = stored_properties(request, standing)
    typed = {name: request.POST.get(name, value) for name, value in stored.items()}
    context = {
        "task": head(standing),
        "url": menu.action_url(standing.task, "edit"),
        "version": version_of(standing),
        "with_properties": standing.is_asker,
        "values": typed,
        "people": [(user.reference, user.display_name) for user in actors.active_users()[: fields.MOST_SUGGESTED]],
        "form": shown,
        "errors": [*plain, *shown.errors],
        "form_errors": shown.form_errors,
        "conflicts": _conflicts(request, standing, answer, stored, typed) if conflict else [],
    }
    return render(request, "tasks/edit.html", context, status=status)


def stored_properties(request: HttpRequest, standing: Standing) -> dict[str, str]:
    """The properties as a form holds them."""
    task = standing.task
    return {
        "title": task.title,
        "description": task.description,
        "assignee": task.assignee.reference if task.assignee else "",
        "due_at": typed_form(task.due_at, zone_of(request)),
        "tags": ", ".join(task.tags),
    }


def _conflicts(
    request: HttpRequest, standing: Standing, answer: Answer | None, stored: dict[str, str], typed: dict[str, str]
) -> list[dict[str, str]]:
    """Typed beside stored, where they differ."""
    found = [
        {"label": str(LABELS[name]), "yours": typed[name], "theirs": stored[name]}
        for name in stored
        if name in request.POST and typed[name].replace("\r\n", "\n") != stored[name]
    ]
    return found + (fields.conflicts(request, standing, answer.values) if answer else [])
