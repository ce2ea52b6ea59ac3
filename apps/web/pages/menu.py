"""What else may be done with a task: take over, retry, cancel, move … Each says what will happen."""

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.automation.transitions import has_input, pressable
from apps.tasks import access, lifecycle, services
from apps.tasks.access import TaskPermissions
from apps.tasks.lifecycle import Status
from apps.tasks.models import Task
from apps.web.contexts.task import Button, StageLink, TransitionButton


def name_in_urls(task: Task) -> str:
    """The key; an attempt has none and goes by its id."""
    return task.key or str(task.pk)


def action_url(task: Task, action: str) -> str:
    """Where a form of the task's page posts to."""
    return reverse(f"web:task_{action}", args=[name_in_urls(task)])


def menu(permissions: TaskPermissions) -> list[Button]:
    """The items of the "more" menu that the reader may choose now, cheapest first."""
    task = permissions.task
    if task.status == Status.RETRIED:
        return []
    items = [
        _take_over(permissions),
        _retry(permissions),
        _retry_with_changes(permissions),
        _reopen(permissions),
        _withdraw(permissions),
        _cancel(permissions),
    ]
    return [item for item in items if item]


def can_take_over(permissions: TaskPermissions) -> bool:
    """Whether "Take over now" is offered: where a machine would go on, and nobody has it yet."""
    machine = permissions.task.container.application_id is not None
    return machine and access.may_take_over(permissions) and lifecycle.may(permissions.task, "hand_over")


def _take_over(permissions: TaskPermissions) -> Button | None:
    if not can_take_over(permissions):
        return None
    hint = _("The automation stops working on it; what it may still send is refused. You finish the task.")
    return _item(_("Take over now"), hint, "hand", action_url(permissions.task, "take_over"))


def _retry(permissions: TaskPermissions) -> Button | None:
    if services.waits_for_retry(permissions.task) and access.may_work(permissions):
        return _item(_("Retry now"), _("It does not wait any longer."), "play", action_url(permissions.task, "retry"))
    if permissions.task.status != Status.FAILED or not access.may_work(permissions):
        return None
    return _item(
        _("Retry"),
        _("Starts it afresh; this attempt stays as it is."),
        "rotate-ccw",
        action_url(permissions.task, "retry"),
    )


def _retry_with_changes(permissions: TaskPermissions) -> Button | None:
    if _retry(permissions) is None or not access.writable_fields(permissions.when_retried()):
        return None
    hint = _("You change its fields first.")
    return _item(_("Retry with changes"), hint, "pencil", action_url(permissions.task, "retry") + "?change=yes")


def _reopen(permissions: TaskPermissions) -> Button | None:
    if not access.may_work(permissions) or not lifecycle.may(permissions.task, "reopen"):
        return None
    hint = _("The task starts again from the beginning; its fields keep their values.")
    return _item(_("Reopen"), hint, "history", action_url(permissions.task, "reopen"))


def _withdraw(permissions: TaskPermissions) -> Button | None:
    handover = permissions.handover
    if handover is None or not permissions.is_asker:
        return None
    url = reverse("web:handover_withdraw", args=[handover.pk])
    return _item(_("Take the question back"), _("Nobody can answer it any more."), "undo-2", url)


def _cancel(permissions: TaskPermissions) -> Button | None:
    task = permissions.task
    if task.has_ended or task.cancel_requested or not access.may_cancel(permissions):
        return None
    hint = _("It ends without a result.")
    if task.status == Status.IN_PROGRESS and (task.is_leased or not permissions.is_asker):
        hint = _("The person or application that works on it is asked to stop.")
    return _item(_("Cancel"), hint, "ban", action_url(task, "cancel"), danger=True)


def _item(label: str, hint: str, icon: str, url: str, *, danger: bool = False) -> Button:
    return {"label": label, "hint": hint, "icon": icon, "url": url, "danger": danger}


def transitions(permissions: TaskPermissions) -> list[TransitionButton]:
    """The type's own buttons that the reader may press now."""
    url = action_url(permissions.task, "press")
    return [
        {"label": way["title"], "url": url, "name": way["name"], "needs_fields": has_input(way)}
        for way in pressable(permissions)
    ]


def moves(permissions: TaskPermissions) -> list[StageLink]:
    """The stages that the reader may move the task to, by name and title."""
    titles = {stage.name: stage.title for stage in permissions.spec.stages}
    return [{"stage": name, "title": titles[name]} for name in services.reachable_stages(permissions)]
