"""The banner under a task's title: the reason of its state, and what the reader may do about it."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.tasks import access, services
from apps.tasks.access import TaskPermissions, decided_by
from apps.tasks.lifecycle import Status
from apps.tasks.models import Handover
from apps.tasks.pauses import Pause, pause_of
from apps.web.contexts.task import Banner, Button, Progress
from apps.web.labels import duration_text, error_texts, party_name, paused_text, timestamp_text
from apps.web.people import Names

from .menu import action_url, can_take_over


def banner(permissions: TaskPermissions, names: Names) -> Banner | None:
    """The banner, if the state of the task needs an explanation."""
    task, handover = permissions.task, permissions.handover
    if handover is not None:
        return _handed_over(permissions, handover, names)
    if task.status == Status.RETRIED:
        return _attempt(permissions)
    if task.status == Status.IN_PROGRESS and (task.is_leased or task.cancel_requested or task.progress):
        return _working(permissions, names)
    if (pause := pause_of(task)) is not None:
        return _paused(pause, names)
    if services.waits_for_retry(task):
        return _retried_later(permissions)
    if task.is_skipped:
        return _skipped(permissions)
    return _failed(permissions) if task.status == Status.FAILED else None


# --- Waiting for a person -----------------------------------------------------------------------------


def _handed_over(permissions: TaskPermissions, handover: Handover, names: Names) -> Banner:
    return {
        "tone": "wait" if permissions.may_answer else "plain",
        "icon": "hand",
        "title": _title(permissions, handover, names),
        "text": handover.message,
        "meta": _meta(permissions, handover, names),
        "buttons": _buttons(permissions, handover),
    }


def _title(permissions: TaskPermissions, handover: Handover, names: Names) -> str:
    asker = party_name(handover.asked_by, names)
    if not permissions.may_answer:
        who = handover.claimed_by.reference if handover.claimed_by else handover.to
        words = _("%(name)s is answering this") if handover.claimed_by else _("Waiting for %(name)s")
        return words % {"name": party_name(who, names)}
    if handover.reason == Handover.Reason.TAKEN_OVER:
        return _("You have taken this over")
    if handover.reason != Handover.Reason.ASKED:
        return _("The automation needs a person")
    if handover.title != permissions.task.title:
        return handover.title
    return _("%(name)s needs you") % {"name": asker}


def _meta(permissions: TaskPermissions, handover: Handover, names: Names) -> str:
    """The start and reason of the wait, the attempts, the team, and the date."""
    span = duration_text(timezone.now() - handover.created_at)
    parts = [_("Asked %(span)s ago by %(name)s.") % {"span": span, "name": party_name(handover.asked_by, names)}]
    if handover.reason in (Handover.Reason.FAILED, Handover.Reason.UNCLAIMED):
        why = Handover.Reason(handover.reason).label
        parts = [_("Since %(span)s, because %(why)s.") % {"span": span, "why": why}]
    if handover.reason == Handover.Reason.TAKEN_OVER:
        parts = [_("Since %(span)s. The automation does not go on until you return it.") % {"span": span}]
    tries = len(permissions.task.retry_for_task_ids) + 1
    if tries > 1:
        parts.append(ngettext("%(n)d attempt so far.", "%(n)d attempts so far.", tries) % {"n": tries})
    if handover.to_team:
        parts.append(_("Given to the team %(name)s.") % {"name": handover.to_team.title})
    decider = handover.delegated_by
    if decider and decider.is_active:
        parts.append(_("It goes back to %(name)s, who decides.") % {"name": decider.display_name})
    if handover.due_at:
        parts.append(_("Due %(time)s.") % {"time": timestamp_text(handover.due_at)})
    return " ".join(parts)


def _buttons(permissions: TaskPermissions, handover: Handover) -> list[Button]:
    """A team claims and releases; the person who may answer declines or passes on."""
    if not permissions.may_answer:
        return []
    buttons = []
    if handover.to_team_id and handover.claimed_by_id is None:
        buttons.append(_button(handover, "claim", _("Claim"), "check", _("Nobody else can answer it then.")))
    if handover.to_team_id and handover.claimed_by_id == permissions.actor.id:
        buttons.append(_button(handover, "release", _("Give back to the team"), "users", ""))
    buttons.append(_button(handover, "delegate", _("Pass on"), "user-plus", _("Choose who answers instead of you.")))
    if handover.reason == Handover.Reason.ASKED and decided_by(permissions, handover) is None:
        buttons.append(_button(handover, "decline", _("Decline"), "undo-2", _("It goes back to who asked.")))
    return buttons


def _button(handover: Handover, action: str, label: str, icon: str, hint: str) -> Button:
    url = reverse(f"web:handover_{action}", args=[handover.pk])
    return {"label": label, "icon": icon, "url": url, "hint": hint}


# --- Other states -------------------------------------------------------------------------------------


def _working(permissions: TaskPermissions, names: Names) -> Banner:
    task = permissions.task
    owner = task.container.application
    who = owner.reference if owner else (task.assignee.reference if task.assignee else "")
    title = _("%(name)s is working on it") % {"name": party_name(who, names)}
    if task.cancel_requested:
        title = _("%(name)s was asked to stop") % {"name": party_name(who, names)}
    take: Button = {"label": _("Take over now"), "icon": "hand", "url": action_url(task, "take_over"), "hint": ""}
    return {
        "tone": "run",
        "icon": "loader",
        "title": title,
        "text": "",
        "meta": _("Since %(time)s.") % {"time": _within(timestamp_text(task.status_changed_at))},
        "progress": _progress(task.progress),
        "buttons": [take] if can_take_over(permissions) else [],
    }


def _progress(reported: object) -> Progress | None:
    """What the worker reported last, as far as a bar can show it."""
    if not isinstance(reported, dict):
        return None
    percent = reported.get("percent")
    if not isinstance(percent, int | float):
        return None
    return {"percent": min(max(round(percent), 0), 100), "message": reported.get("message") or ""}


def _paused(pause: Pause, names: Names) -> Banner:
    until = _("It goes on %(time)s.") % {"time": _within(timestamp_text(pause.until))} if pause.until else ""
    return {
        "tone": "wait",
        "icon": "circle-pause",
        "title": paused_text(pause, names),
        "text": "",
        "meta": " ".join([_("The task waits until the automation goes on."), until]).strip(),
        "buttons": [],
    }


def _retried_later(permissions: TaskPermissions) -> Banner:
    task = permissions.task
    now: Button = {"label": _("Retry now"), "icon": "play", "url": action_url(task, "retry"), "hint": ""}
    return {
        "tone": "plain",
        "icon": "rotate-ccw",
        "title": _("It failed and is tried again"),
        "text": "",
        "meta": _("The next attempt begins %(time)s.") % {"time": _within(timestamp_text(task.start_at))},
        "buttons": [now] if access.may_work(permissions) else [],
    }


def _skipped(permissions: TaskPermissions) -> Banner:
    task = permissions.task
    retry: Button = {"label": _("Retry"), "icon": "rotate-ccw", "url": action_url(task, "retry"), "hint": ""}
    return {
        "tone": "plain",
        "icon": "circle-slash",
        "title": _("It was skipped"),
        "text": "",
        "meta": _("It counts as no failure."),
        "buttons": [retry] if access.may_work(permissions) else [],
    }


def _failed(permissions: TaskPermissions) -> Banner:
    task, (name, message) = permissions.task, error_texts(permissions.task.error)
    retry: Button = {"label": _("Retry"), "icon": "rotate-ccw", "url": action_url(task, "retry"), "hint": ""}
    return {
        "tone": "bad",
        "icon": "circle-x",
        "title": _("It failed: %(name)s") % {"name": name or _("without a reason")},
        "text": message,
        "meta": _("Since %(time)s. Nobody will try it again by itself.")
        % {"time": _within(timestamp_text(task.status_changed_at))},
        "buttons": [retry] if access.may_work(permissions) else [],
    }


def _attempt(permissions: TaskPermissions) -> Banner:
    url = reverse("web:task", args=[permissions.task.newest])
    return {
        "tone": "plain",
        "icon": "rotate-ccw",
        "title": _("This is an earlier attempt"),
        "text": _("It did not succeed and was tried again. [Go to the newest one](%(url)s).") % {"url": url},
        "meta": "",
        "buttons": [],
    }


def _within(words: str) -> str:
    """A time inside a sentence: "today 09:14"; the names of months keep their capital."""
    return words[:1].lower() + words[1:] if words[:1].isalpha() else words
