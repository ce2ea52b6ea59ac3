"""Answering what is asked: submit, draft, claim, release, decline, pass on; and taking the question back."""

from collections.abc import Callable, Iterable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.core.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Problem,
    SchemaViolation,
    TaskHubError,
    VersionMismatch,
)
from apps.tasks import access, queries, rendering, secret_fields, services
from apps.tasks.access import TaskPermissions
from apps.tasks.models import Handover
from apps.web import confirmations
from apps.web.confirmations import Confirmation
from apps.web.contexts.pages import ErrorPage, InboxPage
from apps.web.contexts.parts import Conflicting
from apps.web.contexts.task_forms import DelegatePage
from apps.web.once import once
from apps.web.pages import choices, fields
from apps.web.pages.answer_form import answer_part, split_actions
from apps.web.pages.inbox import inbox_page
from apps.web.pages.rows import field_labels, task_url
from apps.web.pages.task import task_page
from apps.web.people import actor_of
from apps.web.problems import problems_of
from apps.web.responses import SeeOther, is_part, render_at
from apps.web.schema_form import Submission, parse_form, read_draft, reshaped
from apps.web.typed import typed_in
from apps.web.uploads import take_uploads

ENDINGS = ("fail", "cancel", "skip")
View = Callable[[HttpRequest, Handover], HttpResponse]


def on_handover(view: View) -> Callable[[HttpRequest, str], HttpResponse]:
    """Finds the request that a form answers. Only POST writes; a GET of its address shows the task instead."""

    @wraps(view)
    def wrapped(request: HttpRequest, id: str) -> HttpResponse:
        handover = queries.get_handover(actor_of(request), id)
        if request.method != "POST":
            return SeeOther(reverse("web:task", args=[handover.task_id]))
        return view(request, handover)

    return require_http_methods(["GET", "HEAD", "POST"])(wrapped)


# --- The answer ---------------------------------------------------------------------------------------


@on_handover
def submit(request: HttpRequest, handover: Handover) -> HttpResponse:
    """The requested values and one action. The typed values are never lost."""
    try:
        permissions = _permissions(request, handover)
    except TaskHubError as error:
        return _refused(request, handover, error, None)
    wrong = take_uploads(request, permissions, access.asked_names(handover))
    form = fields.answer_form(request, permissions, handover)
    changed = reshaped(request.POST)
    if changed is not None:
        return _again(request, permissions, handover, Submission(posted=changed), [], status=200)
    submission = parse_form(form, request.POST)
    problems = [problem for problem in (*submission.problems, *wrong) if not _is_moot(request, handover, problem)]
    if problems:
        submission = submission.with_problems(problems)
        return _again(request, permissions, handover, submission, [])
    try:
        _send(request, handover, submission)
    except (SchemaViolation, Invalid) as error:
        return _again(request, permissions, handover, submission.with_problems(), problems_of(error))
    except VersionMismatch as error:
        unjudged = submission.with_problems()
        words = _("%(why)s What you typed is still here: look at it, and send it again.") % {"why": error.detail}
        fresh = TaskPermissions(permissions.actor, access.get_task(permissions.actor, str(handover.task_id)))
        return _again(request, fresh, handover, unjudged, [Problem("", "changed", words)], status=412)
    except (Conflict, NotFound) as error:
        return _refused(request, handover, error, submission)
    return _sent(request, handover)


def _permissions(request: HttpRequest, handover: Handover) -> TaskPermissions:
    """The reader before the task, with this request to answer. Raises Conflict (too late), Forbidden (not theirs)."""
    if not handover.is_open:
        raise Conflict(rendering.ended_words(handover))
    actor = actor_of(request)
    permissions = TaskPermissions(actor, access.get_task(actor, str(handover.task_id)), known_handover=handover)
    if not permissions.is_asked:
        raise Forbidden(_("This was not handed over to you."))
    if not permissions.may_answer and handover.claimed_by:
        raise Conflict(_("%(who)s has claimed it.") % {"who": handover.claimed_by.display_name})
    return permissions


def _action(request: HttpRequest, handover: Handover) -> str:
    """The button that was pressed; Enter in a line of text presses the main one, unseen."""
    if "enter" in request.POST and "action" not in request.POST:
        return str(split_actions(handover.actions)[0][0]["name"])
    return request.POST.get("action", "")


def _is_moot(request: HttpRequest, handover: Handover, problem: Problem) -> bool:
    """Whether the action (fail, cancel, skip) does not need the missing field."""
    effects = {action["name"]: action["effect"] for action in handover.actions}
    return problem.code == "required" and effects.get(_action(request, handover)) in ENDINGS


def _send(request: HttpRequest, handover: Handover, submission: Submission) -> None:
    services.submit_handover(
        actor_of(request),
        handover,
        action=_action(request, handover),
        fields=submission.values,
        remove=submission.removed,
        comment=request.POST.get("comment", ""),
        version=request.POST.get("version") or None,
    )


def _again(
    request: HttpRequest,
    permissions: TaskPermissions,
    handover: Handover,
    submission: Submission,
    problems: Iterable[Problem],
    *,
    status: int = 422,
) -> HttpResponse:
    """The task's page with the form as it was typed, and what is wrong with it."""
    part = answer_part(request, permissions, handover, submission=submission, problems=problems)
    if is_part(request):
        texts = [*part["form_errors"], *(line.message for line in part["errors"])]
        return _inbox_part(request, " ".join(texts), status=status)
    return render(request, "tasks/detail.html", task_page(request, permissions, answer=part), status=status)


def _refused(
    request: HttpRequest, handover: Handover, error: TaskHubError, submission: Submission | None
) -> HttpResponse:
    """Somebody was faster: who and when, and the typed values beside the stored ones."""
    if not isinstance(error, Conflict | NotFound):
        raise error
    handover = queries.get_handover(actor_of(request), str(handover.pk))
    detail = error.detail if handover.is_open else rendering.ended_words(handover)
    if is_part(request):
        return _inbox_part(request, detail, status=409)
    context: ErrorPage = {
        "detail": detail,
        "conflicts": _both_values(request, handover, submission),
        "back_url": _way_back(request, handover),
    }
    return render(request, "errors/conflict.html", context, status=409)


def _both_values(request: HttpRequest, handover: Handover, submission: Submission | None) -> list[Conflicting]:
    """Typed and current values, as far as the reader still sees the task; else just what they typed."""
    permissions = _permissions_if_visible(request, handover)
    if permissions is None:
        return typed_in(request).rows
    if submission is None:
        form = fields.answer_form(request, permissions, handover)
        submission = parse_form(form, request.POST)
    shown = fields.conflicts(request, permissions, submission.values)
    comment = request.POST.get("comment", "").strip()
    return shown + ([{"label": _("Comment"), "yours": comment}] if comment else [])


def _permissions_if_visible(request: HttpRequest, handover: Handover) -> TaskPermissions | None:
    actor = actor_of(request)
    try:
        return TaskPermissions(actor, access.get_task(actor, str(handover.task_id)))
    except NotFound:
        return None


def _way_back(request: HttpRequest, handover: Handover) -> str:
    permissions = _permissions_if_visible(request, handover)
    return task_url(permissions.task) if permissions else reverse("web:inbox")


def _sent(request: HttpRequest, handover: Handover) -> HttpResponse:
    """After an answer: the next one."""
    messages.success(request, _("Sent: %(title)s") % {"title": handover.title})
    if is_part(request):
        return _inbox_part(request, "", status=200)
    return SeeOther(_next(request))


def _next(request: HttpRequest) -> str:
    """The most urgent request that is the reader's own; the inbox when none is left."""
    following = queries.next_for(actor_of(request))
    return task_url(following.task) if following else reverse("web:inbox")


def _inbox_part(request: HttpRequest, error: str, *, status: int) -> HttpResponse:
    """The list of the inbox as it is now, with a word on what happened."""
    if error:
        messages.error(request, error)
    context: InboxPage = {"inbox": inbox_page(request)}
    return render_at(request, "inbox/_answered.html", context, into="#inbox-list", status=status)


@on_handover
def resolve(request: HttpRequest, handover: Handover) -> HttpResponse:
    """Give a delegated handover back with a comment: the person who delegated it decides."""
    permissions = _permissions(request, handover)
    submission = parse_form(fields.answer_form(request, permissions, handover), request.POST)
    problems = [problem for problem in submission.problems if problem.code != "required"]
    if problems:
        return _again(request, permissions, handover, submission, problems)
    comment = request.POST.get("comment", "")
    services.resolve_handover(actor_of(request), str(handover.pk), fields=submission.values, comment=comment)
    messages.success(request, _("Given back: %(title)s") % {"title": handover.title})
    return SeeOther(_next(request))


# --- Drafts -------------------------------------------------------------------------------------------


@on_handover
def draft(request: HttpRequest, handover: Handover) -> HttpResponse:
    """Stores the typed values: by the script as it is typed (204), or by the button (and back to the form)."""
    permissions = _permissions(request, handover)
    typed = read_draft(fields.answer_form(request, permissions, handover), request.POST)
    known = secret_fields.opened(permissions.spec, handover.draft)
    services.save_draft(
        actor_of(request), str(handover.pk), fields={**known, **typed}, comment=request.POST.get("comment")
    )
    if is_part(request):
        return HttpResponse(status=204)
    messages.success(request, _("Draft saved."))
    return SeeOther(task_url(permissions.task))


# --- Claims -----------------------------------------------------------------------------------------


@on_handover
def claim(request: HttpRequest, handover: Handover) -> HttpResponse:
    """Make it one's own, and go to it."""
    try:
        services.claim_handover(actor_of(request), str(handover.pk))
    except Conflict as error:
        return _refused(request, handover, error, None)
    return SeeOther(reverse("web:task", args=[handover.task.key or handover.task_id]))


@on_handover
def release(request: HttpRequest, handover: Handover) -> HttpResponse:
    """Give it back to the team."""
    services.release_handover(actor_of(request), str(handover.pk))
    messages.success(request, _("Your team can take it again."))
    return SeeOther(reverse("web:inbox"))


@on_handover
def decline(request: HttpRequest, handover: Handover) -> HttpResponse:
    """Refuse to answer, after asking once more."""
    question = Confirmation(
        title=_("Decline this?"),
        button=_("Decline"),
        consequences=(_("The task goes back to the person or application that asked; you may not see it any more."),),
        note_label=_("Why? (optional)"),
    )
    if not confirmations.is_confirmed(request):
        return confirmations.show(request, question, back=task_url(handover.task))
    services.decline_handover(actor_of(request), str(handover.pk), comment=request.POST.get("note", "").strip())
    messages.success(request, _("Declined."))
    return SeeOther(_next(request))


@on_handover
def withdraw(request: HttpRequest, handover: Handover) -> HttpResponse:
    """Take the question back, after asking once more."""
    question = Confirmation(
        title=_("Take the question back?"),
        button=_("Take it back"),
        consequences=(_("Nobody can answer it any more; a draft is lost."), _("The task goes back to you.")),
        danger=True,
    )
    if not confirmations.is_confirmed(request):
        return confirmations.show(request, question, back=task_url(handover.task))
    services.withdraw_handover(actor_of(request), str(handover.pk))
    messages.success(request, _("The question is taken back."))
    return SeeOther(task_url(handover.task))


def _reader(request: HttpRequest, handover: Handover) -> TaskPermissions:
    """The reader before the request's task, which they may no longer see."""
    return TaskPermissions(actor_of(request), handover.task, known_handover=handover if handover.is_open else None)


@once
@on_handover
def delegate(request: HttpRequest, handover: Handover) -> HttpResponse:
    """Pass it on: first to whom, then it is done."""
    permissions = _reader(request, handover)
    if handover.is_open and not (permissions.is_asker or permissions.may_answer):
        raise Forbidden(_("This was not handed over to you."))
    to, error = request.POST.get("to"), ""
    if to:
        try:
            back = request.POST.get("returns") == "yes"
            services.delegate_handover(actor_of(request), str(handover.pk), to=to, returns=back)
            messages.success(request, _("Passed on."))
            return SeeOther(_next(request))
        except (Invalid, Conflict, Forbidden) as refused:
            error = refused.detail
    context: DelegatePage = {
        "handover": {
            "title": handover.title,
            "asks": field_labels(handover, access.visible_fields(permissions)),
            "url": request.path,
        },
        "back_url": task_url(handover.task),
        "to": to or "",
        "returns": request.POST.get("returns") == "yes",
        "error": error,
        "people": choices.people(),
        "teams": choices.teams(),
    }
    return render(request, "tasks/delegate.html", context, status=422 if error else 200)
