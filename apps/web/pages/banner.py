"""The banner under a task's title: why it stands where it stands, and what the reader may do about it."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.tasks import access
from apps.tasks.access import Standing
from apps.tasks.lifecycle import Status
from apps.tasks.models import Handover
from apps.tasks.services.answers import decided_by
from apps.web.people import Names
from apps.web.words import error_words, moment_words, party_name, span_words

from .menu import action_url, can_take_over

Banner = dict[str, Any]


def banner(standing: Standing, names: Names) -> Banner | None:
    """What is shown, if the state of the task needs a word."""
    task, handover = standing.task, standing.handover
    if handover is not None:
        return _handed_over(standing, handover, names)
    if task.status == Status.RETRIED:
        return _attempt(standing)
    if task.status == Status.IN_PROGRESS and (task.is_leased or task.cancel_requested or task.progress):
        return _working(standing, names)
    return _failed(standing) if task.status == Status.FAILED else None


# --- Waiting for a person -----------------------------------------------------------------------------


def _handed_over(standing: Standing, handover: Handover, names: Names) -> Banner:
    return {
        "tone": "wait" if standing.may_answer else "plain",
        "icon": "hand",
        "title": _title(standing, handover, names),
        "text": handover.message,
        "meta": _meta(standing, handover, names),
        "buttons": _buttons(standing, handover),
    }


def _title(standing: Standing, handover: Handover, names: Names) -> str:
    asker = party_name(handover.asked_by, names)
    if not standing.may_answer:
        who = handover.claimed_by.reference if handover.claimed_by else handover.to
        said = _("%(name)s is answering this") if handover.claimed_by else _("Waiting for %(name)s")
        return said % {"name": party_name(who, names)}
    if handover.reason == Handover.Reason.TAKEN_OVER:
        return _("You have taken this over")
    if handover.reason != Handover.Reason.ASKED:
        return _("The automation needs a person")
    if handover.title != standing.task.title:
        return handover.title
    return _("%(name)s needs you") % {"name": asker}


def _meta(standing: Standing, handover: Handover, names: Names) -> str:
    """Since when, why, after how many attempts, to whom."""
    span = span_words(timezone.now() - handover.created_at)
    parts = [_("Asked %(span)s ago by %(name)s.") % {"span": span, "name": party_name(handover.asked_by, names)}]
    if handover.reason in (Handover.Reason.FAILED, Handover.Reason.UNCLAIMED):
        why = Handover.Reason(handover.reason).label
        parts = [_("Since %(span)s, because %(why)s.") % {"span": span, "why": why}]
    if handover.reason == Handover.Reason.TAKEN_OVER:
        parts = [_("Since %(span)s. The automation does not go on until you return it.") % {"span": span}]
    tries = len(standing.task.retry_for_task_ids) + 1
    if tries > 1:
        parts.append(ngettext("%(n)d attempt so far.", "%(n)d attempts so far.", tries) % {"n": tries})
    if handover.to_team:
        parts.append(_("Given to the team %(name)s.") % {"name": handover.to_team.title})
    decider = handover.delegated_by
    if decider and decider.is_active:
        parts.append(_("It goes back to %(name)s, who decides.") % {"name": decider.display_name})
    if handover.due_at:
        parts.append(_("Due %(moment)s.") % {"moment": moment_words(handover.due_at)})
    return " ".join(parts)


def _buttons(standing: Standing, handover: Handover) -> list[dict[str, Any]]:
    """Claim and release for a team's; decline and pass on for whoever may answer."""
    if not standing.may_answer:
        return []
    found = []
    if handover.to_team_id and handover.claimed_by_id is None:
        found.append(_button(handover, "claim", _("Claim"), "check", _("Nobody else can answer it then.")))
    if handover.to_team_id and handover.claimed_by_id == standing.actor.id:
        found.append(_button(handover, "release", _("Give back to the team"), "users", ""))
    found.append(_button(handover, "delegate", _("Pass on"), "user-plus", _("Choose who answers instead of you.")))
    if handover.reason == Handover.Reason.ASKED and decided_by(standing, handover) is None:
        found.append(_button(handover, "decline", _("Decline"), "undo-2", _("It goes back to who asked.")))
    return found


def _button(handover: Handover, action: str, label: str, icon: str, hint: str) -> dict[str, Any]:
    url = reverse(f"web:handover_{action}", args=[handover.pk])
    return {"label": label, "icon": icon, "url": url, "fields": [], "hint": hint}


# --- Other states -------------------------------------------------------------------------------------


def _working(standing: Standing, names: Names) -> Banner:
    task = standing.task
    owner = task.container.application
    who = owner.reference if owner else (task.assignee.reference if task.assignee else "")
    title = _("%(name)s is working on it") % {"name": party_name(who, names)}
    if task.cancel_requested:
        title = _("%(name)s was asked to stop") % {"name": party_name(who, names)}
    take = {"label": _("Take over now"), "icon": "hand", "url": action_url(task, "take_over"), "fields": [], "hint": ""}
    return {
        "tone": "run",
        "icon": "loader",
        "title": title,
        "text": "",
        "meta": _("Since %(moment)s.") % {"moment": _within(moment_words(task.status_changed_at))},
        "progress": _progress(task.progress),
        "buttons": [take] if can_take_over(standing) else [],
    }


def _progress(said: Any) -> dict[str, Any] | None:
    """What the worker told last, as far as a bar can show it."""
    percent = said.get("percent") if isinstance(said, dict) else None
    if not isinstance(percent, int | float):
        return None
    return {"percent": min(max(round(percent), 0), 100), "message": said.get("message") or ""}


def _failed(standing: Standing) -> Banner:
    task, (name, message) = standing.task, error_words(standing.task.error)
    retry = {"label": _("Retry"), "icon": "rotate-ccw", "url": action_url(task, "retry"), "fields": []}
    return {
        "tone": "bad",
        "icon": "circle-x",
        "title": _("It failed: %(name)s") % {"name": name or _("without a reason")},
        "text": message,
        "meta": _("Since %(moment)s. Nobody will try it again by itself.")
        % {"moment": _within(moment_words(task.status_changed_at))},
        "buttons": [retry] if access.may_work(standing) else [],
    }


def _attempt(standing: Standing) -> Banner:
    url = reverse("web:task", args=[standing.task.newest])
    return {
        "tone": "plain",
        "icon": "rotate-ccw",
        "title": _("This is an earlier attempt"),
        "text": _("It did not succeed and was tried again. [Go to the newest one](%(url)s).") % {"url": url},
        "meta": "",
        "buttons": [],
    }


def _within(words: str) -> str:
    """A moment inside a sentence: "today 09:14"; the names of months keep their capital."""
    return words[:1].lower() + words[1:] if words[:1].isalpha() else words
