"""What else may be done with a task: take over, retry, cancel, move … Each says what will happen."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.automation.transitions import asks, pressable
from apps.tasks import access, lifecycle, services
from apps.tasks.access import Standing
from apps.tasks.lifecycle import Status
from apps.tasks.models import Task

Item = dict[str, Any]


def name_in_urls(task: Task) -> str:
    """The key; an attempt has none and goes by its id."""
    return task.key or str(task.pk)


def action_url(task: Task, action: str) -> str:
    """Where a form of the task's page posts to."""
    return reverse(f"web:task_{action}", args=[name_in_urls(task)])


def menu(standing: Standing) -> list[Item]:
    """The items of the "more" menu that the reader may choose now, cheapest first."""
    task = standing.task
    if task.status == Status.RETRIED:
        return []
    found = [_take_over(standing), _retry(standing), _reopen(standing), _withdraw(standing), _cancel(standing)]
    return [item for item in found if item]


def can_take_over(standing: Standing) -> bool:
    """Whether "Take over now" is offered: where a machine would go on, and nobody has it yet."""
    machine = standing.task.container.application_id is not None
    return machine and access.may_take_over(standing) and lifecycle.may(standing.task, "hand_over")


def can_ask(standing: Standing) -> bool:
    """Whether the reader may put a question to somebody: among people, while nobody else has the task."""
    asks = standing.actor.is_user and standing.is_asker
    return asks and lifecycle.may(standing.task, "hand_over") and not standing.task.is_leased


def can_share(standing: Standing) -> bool:
    """Whether the reader says who sees the task: among people, whose task it is. An attempt follows its newest."""
    return standing.actor.is_user and standing.is_asker and standing.task.newest == standing.task.pk


def _take_over(standing: Standing) -> Item | None:
    if not can_take_over(standing):
        return None
    hint = _("The automation stops working on it; what it may still send is refused. You finish the task.")
    return _item(_("Take over now"), hint, "hand", action_url(standing.task, "take_over"))


def _retry(standing: Standing) -> Item | None:
    if standing.task.status != Status.FAILED or not access.may_work(standing):
        return None
    return _item(
        _("Retry"),
        _("Starts it afresh; this attempt stays as it is."),
        "rotate-ccw",
        action_url(standing.task, "retry"),
    )


def _reopen(standing: Standing) -> Item | None:
    if not access.may_work(standing) or not lifecycle.may(standing.task, "reopen"):
        return None
    hint = _("The task starts again from the beginning; its fields keep their values.")
    return _item(_("Reopen"), hint, "history", action_url(standing.task, "reopen"))


def _withdraw(standing: Standing) -> Item | None:
    handover = standing.handover
    if handover is None or not standing.is_asker:
        return None
    url = reverse("web:handover_withdraw", args=[handover.pk])
    return _item(_("Take the question back"), _("Nobody can answer it any more."), "undo-2", url)


def _cancel(standing: Standing) -> Item | None:
    task = standing.task
    if task.has_ended or task.cancel_requested or not access.may_cancel(standing):
        return None
    hint = _("It ends without a result.")
    if task.status == Status.IN_PROGRESS and (task.is_leased or not standing.is_asker):
        hint = _("Whoever works on it is asked to stop.")
    return _item(_("Cancel"), hint, "ban", action_url(task, "cancel"), danger=True)


def _item(label: str, hint: str, icon: str, url: str, *, danger: bool = False) -> Item:
    return {"label": label, "hint": hint, "icon": icon, "url": url, "fields": [], "danger": danger}


def transitions(standing: Standing) -> list[Item]:
    """The type's own buttons that the reader may press now."""
    url = action_url(standing.task, "press")
    return [
        {"label": way["title"], "url": url, "name": way["name"], "needs_fields": asks(way)}
        for way in pressable(standing)
    ]


def moves(standing: Standing) -> list[dict[str, str]]:
    """The stages that the reader may move the task to, by name and title."""
    titles = {stage.name: stage.title for stage in standing.spec.stages}
    return [{"stage": name, "title": titles[name]} for name in services.reachable_stages(standing)]
