"""The dialog that asks for the fields that a stage requires, before a task is moved there."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from apps.containers.schema import only
from apps.core.errors import Invalid, Problem, SchemaViolation
from apps.tasks import services
from apps.tasks.access import Standing, visible_fields
from apps.tasks.rendering import visible_values
from apps.tasks.services.edit import missing_for
from apps.web.field_files import take_uploads
from apps.web.pages import fields
from apps.web.pages.rows import task_url
from apps.web.people import actor_of, zone_of
from apps.web.schema_form import Answer, Form, build_form, parse_form, reshaped, show_form
from apps.web.schema_form.form import Asked

FILLED = "filled"
Hidden = list[tuple[str, str]]


def fill_first(
    request: HttpRequest, standing: Standing, stage: str, *, url: str, button: str, hidden: Hidden
) -> HttpResponse | None:
    """The dialog, until what was typed is kept; None when nothing is missing that the reader may fill in.

    What they may not fill in, the move itself refuses. `hidden` is posted to `url` again.
    """
    names = _fillable(standing, stage)
    if not names:
        return None
    wrong = take_uploads(request, standing, names) if FILLED in request.POST else []
    form = _form(request, standing, names)
    dialog = _Dialog(request, standing, form, url, button, [*hidden, (FILLED, "yes")])
    if FILLED not in request.POST:
        return dialog.show()
    changed = reshaped(request.POST)
    if changed is not None:
        return dialog.show(Answer(typed=changed))
    answer = parse_form(form, request.POST)
    if answer.problems or wrong:
        return dialog.show(answer, wrong, status=422)
    try:
        services.edit_task(actor_of(request), str(standing.task.pk), {"fields": answer.values})
    except (Invalid, SchemaViolation) as error:
        unsaid = Answer(answer.values, answer.removed, (), answer.typed, answer.rows)
        return dialog.show(unsaid, error.errors or [Problem("", error.code, error.detail)], status=422)
    return None


def _fillable(standing: Standing, name: str) -> list[str]:
    stage = standing.spec.stage(name)
    shown = visible_fields(standing)
    missing = missing_for(standing.task, stage) if stage else []
    return [field for field in missing if field in shown and shown[field].level == "write"]


def _form(request: HttpRequest, standing: Standing, names: list[str]) -> Form:
    schema = only(standing.spec.schema, visible_fields(standing))
    return build_form(
        schema,
        [Asked(name, required=True) for name in names],
        zone=zone_of(request),
        current=visible_values(standing),
        suggestions=fields.suggestions(standing.spec.schema, names, standing),
    )


class _Dialog:
    """The page of one form."""

    def __init__(
        self, request: HttpRequest, standing: Standing, form: Form, url: str, button: str, hidden: Hidden
    ) -> None:
        self.request, self.standing, self.form = request, standing, form
        self.url, self.button, self.hidden = url, button, hidden

    def show(
        self, answer: Answer | None = None, problems: Sequence[Problem] = (), *, status: int = 200
    ) -> HttpResponse:
        """The form as it stands."""
        shown, task = show_form(self.form, answer, problems), self.standing.task
        context = {
            "container": task.container,
            "types": [],
            "heading": _("%(key)s: this is needed first") % {"key": task.key},
            "action_url": self.url,
            "button": self.button,
            "with_text": False,
            "form": shown,
            "hidden": self.hidden,
            "errors": shown.errors,
            "form_errors": shown.form_errors,
            "back_url": task_url(task),
        }
        return render(self.request, "tasks/new.html", context, status=status)
