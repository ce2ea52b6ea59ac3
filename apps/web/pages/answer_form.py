"""The form that answers a handover: its fields, its buttons, and the problems of the last try."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.actors.models import User
from apps.core.errors import Problem
from apps.tasks.access import TaskPermissions, decided_by
from apps.tasks.models import Handover, Task
from apps.tasks.receipts import version_of
from apps.web.contexts.task import ActionButton, AnswerPart, CommentBox
from apps.web.problems import place_problems
from apps.web.schema_form import Submission, present_form
from apps.web.schema_form.contexts import ErrorLine

from .fields import answer_form

UNDER_MORE = ("skip", "fail", "cancel")


def answer_part(
    request: HttpRequest,
    permissions: TaskPermissions,
    handover: Handover,
    *,
    submission: Submission | None = None,
    problems: Iterable[Problem] = (),
) -> AnswerPart:
    """The context of `tasks/_answer.html`; with a submission, as it was typed and with its problems."""
    about_comment, others = place_problems(problems, {"comment": "answer-comment"}, {"comment": _("Comment")})
    form = present_form(answer_form(request, permissions, handover), submission, others)
    errors = [*form.errors, *about_comment]
    main, more = split_actions(handover.actions)
    task, typed = permissions.task, request.POST.get("comment", handover.draft_comment)
    comment = _comment(handover, typed, about_comment)
    part: AnswerPart = {
        "submit_url": reverse("web:handover_submit", args=[handover.pk]),
        "draft_url": reverse("web:handover_draft", args=[handover.pk]) if handover.fields or comment else "",
        "version": version_of(permissions, handover),
        "form": form,
        "errors": errors,
        "form_errors": form.form_errors,
        "draft_at": handover.draft_at,
        "comment": comment,
        "actions": [_button(action, task) for action in main],
        "more_actions": [_button(action, task) for action in more],
    }
    decider = decided_by(permissions, handover)
    return part if decider is None else _to_give_back(part, handover, decider, typed)


def _to_give_back(part: AnswerPart, handover: Handover, decider: User, typed: str) -> AnswerPart:
    """A handover that comes back for the decision has one button: back to the person who decides."""
    name = decider.display_name
    button: ActionButton = {
        "name": "resolve",
        "label": _("Give back to %(name)s") % {"name": name},
        "hint": _("%(name)s decides.") % {"name": name},
    }
    part["submit_url"] = reverse("web:handover_resolve", args=[handover.pk])
    part["comment"] = {"label": _("What did you find?"), "value": typed, "required": False, "error": ""}
    part["actions"], part["more_actions"] = [button], []
    return part


def split_actions(actions: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The buttons, and those that stand under More: skip, fail and cancel as they are by default."""
    main = [action for action in actions if action["name"] not in UNDER_MORE]
    return (main, [action for action in actions if action not in main]) if main else (actions, [])


def _button(action: Mapping[str, Any], task: Task) -> ActionButton:
    owner = task.container.application
    returned = _("Gives it back to %(name)s.") % {"name": owner.title} if owner else _("Gives it back.")
    hint = {
        "complete": _("The task is done then."),
        "return": _("The automation goes on with it.") if task.function else returned,
        "skip": _("The task ends without a result."),
        "fail": _("The task ends as failed."),
        "cancel": _("The task ends as canceled."),
    }.get(action["effect"], "")
    return {"name": action["name"], "label": action["label"], "hint": hint}


def _comment(handover: Handover, typed: str, lines: list[ErrorLine]) -> CommentBox | None:
    """The box for a comment, where an action needs one or ends the task otherwise than well."""
    needs = [action for action in handover.actions if action["needs_comment"]]
    ends = [action for action in handover.actions if action["effect"] in ("fail", "cancel", "skip")]
    if not (needs or ends):
        return None
    label = _("Comment") if handover.fields or not needs else _("Your answer")
    if needs and len(needs) < len(handover.actions):
        label = _("Comment (needed for: %(actions)s)") % {"actions": ", ".join(a["label"] for a in needs)}
    error = " ".join(line.message for line in lines)
    return {"label": label, "value": typed, "required": len(needs) == len(handover.actions), "error": error}
