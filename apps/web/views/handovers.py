"""Answering what is asked: submit, draft, claim, release, decline, pass on; and taking the question back."""

from collections.abc import Callable, Iterable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.actors import queries as actors
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
from apps.tasks import access, queries, secrecy, services
from apps.tasks.access import Standing
from apps.tasks.models import Handover
from apps.web import confirming
from apps.web.answers import SeeOther, is_part, render_at
from apps.web.confirming import Question
from apps.web.field_files import take_uploads
from apps.web.pages import fields
from apps.web.pages.answer import answer_part, split_actions
from apps.web.pages.inbox import inbox_page
from apps.web.pages.rows import field_labels, task_url
from apps.web.pages.task import task_page
from apps.web.people import actor_of
from apps.web.schema_form import Answer, parse_form, read_draft, reshaped

ENDINGS = ("fail", "cancel", "skip")
View = Callable[[HttpRequest, Handover], HttpResponse]


def on_handover(view: View) -> Callable[[HttpRequest, str], HttpResponse]:
    """Finds the request that a form answers. Only POST writes; a GET of its address shows the task instead."""

    @wraps(view)
    def wrapped(request: HttpRequest, id: str) -> HttpResponse:
        handover = services.get_handover(actor_of(request), id)
        if request.method != "POST":
            return SeeOther(reverse("web:task", args=[handover.task_id]))
        return view(request, handover)

    return require_http_methods(["GET", "HEAD", "POST"])(wrapped)


# --- The answer ---------------------------------------------------------------------------------------


@on_handover
def submit(request: HttpRequest, handover: Handover) -> HttpResponse:
    """The values that were asked for and one action. What was typed is never lost, whatever goes wrong."""
    try:
        standing = _standing(request, handover)
    except TaskHubError as error:
        return _refused(request, handover, error, None)
    wrong = take_uploads(request, standing, access.asked_names(handover))
    form = fields.answer_form(request, standing, handover)
    changed = reshaped(request.POST)
    if changed is not None:
        return _again(request, standing, handover, Answer(typed=changed), [], status=200)
    answer = parse_form(form, request.POST)
    problems = [problem for problem in (*answer.problems, *wrong) if not _is_moot(request, handover, problem)]
    if problems:
        answer = Answer(answer.values, answer.removed, tuple(problems), answer.typed, answer.rows)
        return _again(request, standing, handover, answer, [])
    try:
        _send(request, handover, answer)
    except (SchemaViolation, Invalid) as error:
        found = error.errors or [Problem("", error.code, error.detail)]
        unsaid = Answer(answer.values, answer.removed, (), answer.typed, answer.rows)
        return _again(request, standing, handover, unsaid, found)
    except VersionMismatch as error:
        unsaid = Answer(answer.values, answer.removed, (), answer.typed, answer.rows)
        words = _("%(why)s What you typed is still here: look at it, and send it again.") % {"why": error.detail}
        fresh = Standing(standing.actor, access.get_task(standing.actor, str(handover.task_id)))
        return _again(request, fresh, handover, unsaid, [Problem("", "changed", words)], status=412)
    except (Conflict, NotFound) as error:
        return _refused(request, handover, error, answer)
    return _sent(request, handover)


def _standing(request: HttpRequest, handover: Handover) -> Standing:
    """The reader before the task, with this request to answer. Raises Conflict (too late), Forbidden (not theirs)."""
    if not handover.is_open:
        raise Conflict(services.ended_words(handover))
    actor = actor_of(request)
    standing = Standing(actor, access.get_task(actor, str(handover.task_id)), known_handover=handover)
    if not standing.is_asked:
        raise Forbidden(_("This was not handed over to you."))
    if not standing.may_answer and handover.claimed_by:
        raise Conflict(_("%(who)s has claimed it.") % {"who": handover.claimed_by.display_name})
    return standing


def _action(request: HttpRequest, handover: Handover) -> str:
    """The button that was pressed; Enter in a line of text presses the main one, unseen."""
    if "enter" in request.POST and "action" not in request.POST:
        return str(split_actions(handover.actions)[0][0]["name"])
    return request.POST.get("action", "")


def _is_moot(request: HttpRequest, handover: Handover, problem: Problem) -> bool:
    """Whoever fails, cancels or skips a task need not fill in what is missing."""
    effects = {action["name"]: action["effect"] for action in handover.actions}
    return problem.code == "required" and effects.get(_action(request, handover)) in ENDINGS


def _send(request: HttpRequest, handover: Handover, answer: Answer) -> None:
    services.submit_handover(
        actor_of(request),
        str(handover.pk),
        action=_action(request, handover),
        fields=answer.values,
        remove=answer.removed,
        comment=request.POST.get("comment", ""),
        version=request.POST.get("version") or None,
    )


def _again(
    request: HttpRequest,
    standing: Standing,
    handover: Handover,
    answer: Answer,
    problems: Iterable[Problem],
    *,
    status: int = 422,
) -> HttpResponse:
    """The task's page with the form as it was typed, and what is wrong with it."""
    part = answer_part(request, standing, handover, answer=answer, problems=problems)
    if is_part(request):
        said = [*part["form_errors"], *(error["message"] for error in part["errors"])]
        return _inbox_part(request, " ".join(said), status=status)
    return render(request, "tasks/detail.html", task_page(request, standing, answer=part), status=status)


def _refused(request: HttpRequest, handover: Handover, error: TaskHubError, answer: Answer | None) -> HttpResponse:
    """Somebody was faster: who and when; what was typed stands beside what is there now."""
    if not isinstance(error, Conflict | NotFound):
        raise error
    handover = services.get_handover(actor_of(request), str(handover.pk))
    detail = error.detail if handover.is_open else services.ended_words(handover)
    if is_part(request):
        return _inbox_part(request, detail, status=409)
    context = {"detail": detail, "conflicts": _both_values(request, handover, answer), **_way_back(request, handover)}
    return render(request, "errors/conflict.html", context, status=409)


def _both_values(request: HttpRequest, handover: Handover, answer: Answer | None) -> list[dict[str, str]]:
    """Typed and current values, as far as the reader still sees the task; else just what they typed."""
    standing = _standing_if_visible(request, handover)
    if standing is None:
        return _typed(request)
    if answer is None:
        form = fields.answer_form(request, standing, handover)
        answer = parse_form(form, request.POST)
    shown = fields.conflicts(request, standing, answer.values)
    comment = request.POST.get("comment", "").strip()
    return shown + ([{"label": _("Comment"), "yours": comment}] if comment else [])


def _typed(request: HttpRequest) -> list[dict[str, str]]:
    names = [name for name in request.POST if name.startswith("fields.") or name == "comment"]
    typed = {name.removeprefix("fields."): ", ".join(request.POST.getlist(name)) for name in names}
    return [{"label": name, "yours": text} for name, text in typed.items() if text.strip()]


def _standing_if_visible(request: HttpRequest, handover: Handover) -> Standing | None:
    actor = actor_of(request)
    try:
        return Standing(actor, access.get_task(actor, str(handover.task_id)))
    except NotFound:
        return None


def _way_back(request: HttpRequest, handover: Handover) -> dict[str, str]:
    standing = _standing_if_visible(request, handover)
    return {"back_url": task_url(standing.task) if standing else reverse("web:inbox")}


def _sent(request: HttpRequest, handover: Handover) -> HttpResponse:
    """After an answer: the next one."""
    messages.success(request, _("Sent: %(title)s") % {"title": handover.title})
    if is_part(request):
        return _inbox_part(request, "", status=200)
    return SeeOther(_next(request))


def _next(request: HttpRequest) -> str:
    """The most urgent request that is the reader's own; the inbox when none is left."""
    following = queries.waiting_on_me(actor_of(request)).first()
    return task_url(following.task) if following else reverse("web:inbox")


def _inbox_part(request: HttpRequest, error: str, *, status: int) -> HttpResponse:
    """The list of the inbox as it is now, with a word on what happened."""
    if error:
        messages.error(request, error)
    context = {"inbox": inbox_page(request)}
    return render_at(request, "inbox/_answered.html", context, into="#inbox-list", status=status)


@on_handover
def resolve(request: HttpRequest, handover: Handover) -> HttpResponse:
    """Give back what was passed on, with what was found: who passed it on decides."""
    standing = _standing(request, handover)
    answer = parse_form(fields.answer_form(request, standing, handover), request.POST)
    problems = [problem for problem in answer.problems if problem.code != "required"]
    if problems:
        return _again(request, standing, handover, answer, problems)
    comment = request.POST.get("comment", "")
    services.resolve_handover(actor_of(request), str(handover.pk), fields=answer.values, comment=comment)
    messages.success(request, _("Given back: %(title)s") % {"title": handover.title})
    return SeeOther(_next(request))


# --- Drafts -------------------------------------------------------------------------------------------


@on_handover
def draft(request: HttpRequest, handover: Handover) -> HttpResponse:
    """Keeps what was typed: by the script as it is typed (204), or by the button (and back to the form)."""
    standing = _standing(request, handover)
    typed = read_draft(fields.answer_form(request, standing, handover), request.POST)
    known = secrecy.opened(standing.spec, handover.draft)
    services.save_draft(actor_of(request), str(handover.pk), fields={**known, **typed})
    if is_part(request):
        return HttpResponse(status=204)
    messages.success(request, _("Draft saved."))
    return SeeOther(task_url(standing.task))


# --- Whose it is --------------------------------------------------------------------------------------


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
    question = Question(
        title=_("Decline this?"),
        button=_("Decline"),
        consequences=(_("The task goes back to who asked; you may not see it any more."),),
        note_label=_("Why? (optional)"),
    )
    if not confirming.is_confirmed(request):
        return confirming.ask(request, question, back=task_url(handover.task))
    services.decline_handover(actor_of(request), str(handover.pk), comment=request.POST.get("note", "").strip())
    messages.success(request, _("Declined."))
    return SeeOther(_next(request))


@on_handover
def withdraw(request: HttpRequest, handover: Handover) -> HttpResponse:
    """Take the question back, after asking once more."""
    question = Question(
        title=_("Take the question back?"),
        button=_("Take it back"),
        consequences=(_("Nobody can answer it any more; a draft is lost."), _("The task goes back to who asked.")),
        danger=True,
    )
    if not confirming.is_confirmed(request):
        return confirming.ask(request, question, back=task_url(handover.task))
    services.withdraw_handover(actor_of(request), str(handover.pk))
    messages.success(request, _("The question is taken back."))
    return SeeOther(task_url(handover.task))


def _reader(request: HttpRequest, handover: Handover) -> Standing:
    """The reader before the request's task, which they may no longer see."""
    return Standing(actor_of(request), handover.task, known_handover=handover if handover.is_open else None)


@on_handover
def delegate(request: HttpRequest, handover: Handover) -> HttpResponse:
    """Pass it on: first to whom, then it is done."""
    standing = _reader(request, handover)
    if handover.is_open and not (standing.is_asker or standing.may_answer):
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
    context = {
        "handover": {
            "title": handover.title,
            "asks": field_labels(handover, access.visible_fields(standing)),
            "url": request.path,
        },
        "back_url": task_url(handover.task),
        "to": to or "",
        "returns": request.POST.get("returns") == "yes",
        "error": error,
        "people": [(user.reference, user.display_name) for user in actors.active_users()[: fields.MOST_SUGGESTED]],
        "teams": [(team.reference, team.title) for team in actors.all_teams()[: fields.MOST_SUGGESTED]],
    }
    return render(request, "tasks/delegate.html", context, status=422 if error else 200)
