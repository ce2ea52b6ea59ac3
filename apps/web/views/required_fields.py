"""The dialog that asks for the fields that a stage requires, before a task is moved there."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from apps.containers.schema import only
from apps.core.errors import Invalid, Problem, SchemaViolation
from apps.tasks import services
from apps.tasks.access import TaskPermissions, visible_fields
from apps.tasks.rendering import visible_values
from apps.tasks.services.edit import missing_for
from apps.web.contexts.task_forms import TaskFormPage
from apps.web.pages import fields
from apps.web.pages.rows import task_url
from apps.web.people import actor_of, zone_of
from apps.web.problems import problems_of
from apps.web.schema_form import Form, Submission, build_form, parse_form, present_form, reshaped
from apps.web.schema_form.form import FieldRequest
from apps.web.uploads import take_uploads

FILLED = "filled"
Hidden = list[tuple[str, str]]


def fill_first(
    request: HttpRequest, permissions: TaskPermissions, stage: str, *, url: str, button: str, hidden: Hidden
) -> HttpResponse | None:
    """The dialog, until its values are stored; None when nothing is missing that the reader may fill in.

    What they may not fill in, the move itself refuses. `hidden` is posted to `url` again.
    """
    names = _fillable(permissions, stage)
    if not names:
        return None
    wrong = take_uploads(request, permissions, names) if FILLED in request.POST else []
    form = _form(request, permissions, names)
    heading = _("%(key)s: this is needed first") % {"key": permissions.task.key}
    dialog = FieldsDialog(
        request, permissions, form, heading=heading, url=url, button=button, hidden=[*hidden, (FILLED, "yes")]
    )
    if FILLED not in request.POST:
        return dialog.show()
    changed = reshaped(request.POST)
    if changed is not None:
        return dialog.show(Submission(posted=changed))
    submission = parse_form(form, request.POST)
    if submission.problems or wrong:
        return dialog.show(submission, wrong, status=422)
    try:
        services.edit_task(actor_of(request), str(permissions.task.pk), {"fields": submission.values})
    except (Invalid, SchemaViolation) as error:
        return dialog.show(submission.with_problems(), problems_of(error), status=422)
    return None


def _fillable(permissions: TaskPermissions, name: str) -> list[str]:
    stage = permissions.spec.stage(name)
    shown = visible_fields(permissions)
    missing = missing_for(permissions.task, stage, seen=visible_fields(permissions)) if stage else []
    return [field for field in missing if field in shown and shown[field].level == "write"]


def _form(request: HttpRequest, permissions: TaskPermissions, names: list[str]) -> Form:
    schema = only(permissions.spec.schema, visible_fields(permissions))
    return build_form(
        schema,
        [FieldRequest(name, required=True) for name in names],
        zone=zone_of(request),
        current=visible_values(permissions),
        suggestions=fields.suggestions(permissions.spec.schema, names, permissions),
    )


@dataclass(frozen=True)
class FieldsDialog:
    """The page of one form for some of the fields of a task. `hidden` is posted with it."""

    request: HttpRequest
    permissions: TaskPermissions
    form: Form
    heading: str
    url: str
    button: str
    hidden: Hidden

    def show(
        self, submission: Submission | None = None, problems: Sequence[Problem] = (), *, status: int = 200
    ) -> HttpResponse:
        """The form as it stands."""
        shown, task = present_form(self.form, submission, problems), self.permissions.task
        context: TaskFormPage = {
            "container": task.container,
            "types": [],
            "heading": self.heading,
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
