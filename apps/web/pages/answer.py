"""What is asked of the reader: the form, its buttons, and what was wrong with the last try."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.actors.models import User
from apps.core.errors import Problem
from apps.tasks.access import Standing
from apps.tasks.models import Handover, Task
from apps.tasks.receipts import version_of
from apps.tasks.services.answers import decided_by
from apps.web.schema_form import Answer, show_form

from .fields import answer_form

UNDER_MORE = ("skip", "fail", "cancel")
COMMENT = "/comment"


def answer_part(
    request: HttpRequest,
    standing: Standing,
    handover: Handover,
    *,
    answer: Answer | None = None,
    problems: Iterable[Problem] = (),
) -> dict[str, Any]:
    """The context of `tasks/_answer.html`; with an answer, as it was typed and with what is wrong about it."""
    problems = list(problems)
    about_comment = [problem for problem in problems if problem.pointer == COMMENT]
    form = show_form(answer_form(request, standing, handover), answer, [p for p in problems if p.pointer != COMMENT])
    errors = [{"target": e.target, "label": e.label, "message": e.message} for e in form.errors]
    errors += [{"target": "answer-comment", "label": _("Comment"), "message": p.detail} for p in about_comment]
    main, more = split_actions(handover.actions)
    decider = decided_by(standing, handover)
    if decider is not None:
        return {**_to_give_back(handover, decider, request), "form": form, "errors": errors, "form_errors": [],
                "draft_at": handover.draft_at}  # fmt: skip
    return {
        "submit_url": reverse("web:handover_submit", args=[handover.pk]),
        "draft_url": reverse("web:handover_draft", args=[handover.pk]) if handover.fields else "",
        "version": version_of(standing, handover),
        "form": form,
        "errors": errors,
        "form_errors": form.form_errors,
        "draft_at": handover.draft_at,
        "comment": _comment(handover, request.POST.get("comment", ""), about_comment),
        "actions": [_shown(action, standing.task) for action in main],
        "more_actions": [_shown(action, standing.task) for action in more],
    }


def _to_give_back(handover: Handover, decider: User, request: HttpRequest) -> dict[str, Any]:
    """What was passed on has one button: back to who decides."""
    name = decider.display_name
    button = {
        "name": "resolve",
        "label": _("Give back to %(name)s") % {"name": name},
        "hint": _("%(name)s decides.") % {"name": name},
    }
    label, typed = _("What did you find?"), request.POST.get("comment", "")
    return {
        "submit_url": reverse("web:handover_resolve", args=[handover.pk]),
        "draft_url": reverse("web:handover_draft", args=[handover.pk]) if handover.fields else "",
        "comment": {"label": label, "value": typed, "required": False, "error": ""},
        "actions": [button],
        "more_actions": [],
    }


def split_actions(actions: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The buttons, and those that stand under More: skip, fail and cancel as they are by default."""
    main = [action for action in actions if action["name"] not in UNDER_MORE]
    return (main, [action for action in actions if action not in main]) if main else (actions, [])


def _shown(action: Mapping[str, Any], task: Task) -> dict[str, str]:
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


def _comment(handover: Handover, typed: str, problems: list[Problem]) -> dict[str, Any] | None:
    """The box for a comment, where an action needs one or ends the task otherwise than well."""
    needs = [action for action in handover.actions if action["needs_comment"]]
    ends = [action for action in handover.actions if action["effect"] in ("fail", "cancel", "skip")]
    if not (needs or ends):
        return None
    label = _("Comment") if handover.fields or not needs else _("Your answer")
    if needs and len(needs) < len(handover.actions):
        label = _("Comment (needed for: %(actions)s)") % {"actions": ", ".join(a["label"] for a in needs)}
    error = " ".join(problem.detail for problem in problems)
    return {"label": label, "value": typed, "required": len(needs) == len(handover.actions), "error": error}
