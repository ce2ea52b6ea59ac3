"""The form of a retry with other input: the fields of the new attempt that the person may write."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.core.errors import Invalid, SchemaViolation
from apps.tasks import services
from apps.tasks.models import Task
from apps.web.pages import fields, menu
from apps.web.pages.task import permissions_on_page
from apps.web.problems import problems_of
from apps.web.schema_form import Submission, parse_form, reshaped

from .required_fields import FILLED, FieldsDialog
from .task_form import changed_fields


def retry_with_changes(request: HttpRequest, name: str) -> Task | HttpResponse:
    """The new attempt, once values were sent that fit; until then the form."""
    permissions = permissions_on_page(request, name).when_retried()
    form = fields.edit_form(request, permissions)
    dialog = FieldsDialog(
        request,
        permissions,
        form,
        heading=_("%(key)s: retry with changes") % {"key": menu.name_in_urls(permissions.task)},
        url=menu.action_url(permissions.task, "retry") + "?change=yes",
        button=_("Retry"),
        hidden=[(FILLED, "yes")],
    )
    if FILLED not in request.POST:
        return dialog.show()
    changed = reshaped(request.POST)
    if changed is not None:
        return dialog.show(Submission(posted=changed))
    submission = parse_form(form, request.POST)
    if submission.problems:
        return dialog.show(submission, status=422)
    changes = changed_fields(permissions, submission)
    try:
        return services.retry_task(permissions.actor, name, **changes)
    except (Invalid, SchemaViolation) as error:
        return dialog.show(submission.with_problems(), problems_of(error), status=422)
