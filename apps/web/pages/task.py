"""A task's page. Nothing that is hidden from the reader comes into its context."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.containers.access import allows
from apps.tasks import access, queries
from apps.tasks.access import TaskPermissions, asked_names, get_task, may_comment, visible_fields
from apps.tasks.models import Note
from apps.tasks.rendering import version_of
from apps.web.contexts.task import AnswerPart, BreakGlassPart, ComposePart, EditPart, TaskHead, TaskPage
from apps.web.people import actor_of, names_of
from apps.web.schema_form import present_form

from . import menu, rail
from .answer_form import answer_part
from .banner import banner
from .fields import edit_form, locked_groups
from .files import file_rows
from .result import result_groups
from .rows import know_parties, state_of
from .scheduled_updates import plan_rows, plan_url
from .timeline import timeline


def permissions_on_page(request: HttpRequest, name: str) -> TaskPermissions:
    """The reader before the task of this key or id. Raises NotFound."""
    actor = actor_of(request)
    return TaskPermissions(actor, get_task(actor, name))


def task_page(
    request: HttpRequest,
    permissions: TaskPermissions,
    *,
    answer: AnswerPart | None = None,
    compose: ComposePart | None = None,
) -> TaskPage:
    """The context of `tasks/detail.html`; a given part (as it was typed) replaces the fresh one."""
    names, handover, edit = names_of(request), permissions.handover, None
    know_parties(names, permissions.task, handover)
    notes, attachments = list(queries.notes(permissions)), list(queries.attachments(permissions))
    if handover is not None and permissions.may_answer:
        answer = answer or answer_part(request, permissions, handover)
    else:
        edit = edit_part(request, permissions)
    return {
        "task": head(permissions),
        "banner": banner(permissions, names),
        "break_glass": break_glass_part(permissions),
        "answer": answer,
        "edit": edit,
        "locked": [
            *result_groups(permissions.task),
            *locked_groups(request, permissions, leave_out=_shown_elsewhere(permissions, answer, edit)),
        ],
        "more": menu.menu(permissions),
        "moves": menu.moves(permissions),
        "edit_url": menu.action_url(permissions.task, "edit")
        if permissions.is_asker and permissions.actor.is_user
        else "",
        "ask_url": menu.action_url(permissions.task, "ask") if access.may_ask(permissions) else "",
        "transitions": menu.transitions(permissions),
        "compose": compose or compose_part(permissions),
        "rail": rail.rail(permissions, names),
        "graph": rail.stage_graph(permissions),
        "attempts": rail.attempt_rows(permissions, queries.attempts(permissions.actor, permissions.task)),
        "related": rail.related_rows(permissions, names),
        "scheduled": plan_rows(request, permissions),
        "plan_url": plan_url(permissions),
        "files": file_rows(permissions, attachments),
        **timeline(request, permissions, notes, attachments),
    }


def break_glass_part(permissions: TaskPermissions) -> BreakGlassPart | None:
    """The break-glass by which an administrator reads the task; None for everybody else."""
    opened = queries.break_glass_of(permissions.actor, permissions.task) if permissions.looks_in else None
    if opened is None:
        return None
    return {"until": opened.ends_at, "reason": opened.reason, "url": menu.action_url(permissions.task, "stop_looking")}


def _shown_elsewhere(permissions: TaskPermissions, answer: AnswerPart | None, edit: EditPart | None) -> frozenset[str]:
    if answer:
        return asked_names(permissions.handover)
    writable = {name for name, access in visible_fields(permissions).items() if access.level == "write"}
    return frozenset(writable) if edit else frozenset()


def head(permissions: TaskPermissions) -> TaskHead:
    """The head of the page. A container that the reader does not see has a title, but no address."""
    task, stage = permissions.task, permissions.spec.stage(permissions.task.stage)
    container = task.container
    url = reverse("web:container", args=[container.slug]) if allows(permissions.role, "see") else ""
    return {
        "key": task.key or _("Earlier attempt"),
        "title": task.title,
        "description": task.description,
        "url": reverse("web:task", args=[menu.name_in_urls(task)]),
        "container": {"title": container.title, "slug": container.slug, "url": url},
        "stage": stage.title if stage else "",
        "state": state_of(task, permissions.handover),
        "priority_label": _("Priority %(n)d") % {"n": task.priority} if task.priority else "",
        "due_at": task.due_at,
        "following": task.watches.filter(user=permissions.actor.id).exists(),
        "follow_url": "" if permissions.looks_in else menu.action_url(task, "follow"),
        "stage_name": task.stage,
        "move_url": menu.action_url(task, "move"),
    }


def edit_part(request: HttpRequest, permissions: TaskPermissions) -> EditPart | None:
    """The form of fields that the reader may simply change; None if there are none."""
    form = edit_form(request, permissions)
    if not form.fields or permissions.task.has_ended:
        return None
    url = menu.action_url(permissions.task, "edit")
    return {"url": url, "form": present_form(form), "version": version_of(permissions)}


def compose_part(
    permissions: TaskPermissions, *, kind: str = "", text: str = "", error: str = ""
) -> ComposePart | None:
    """The composer: a work note by default, for those who may write one; none for an administrator by break-glass."""
    kinds = [Note.Kind.COMMENT] if may_comment(permissions) else []
    if permissions.works_on_it:
        kinds.append(Note.Kind.WORK_NOTE)
    if not kinds or permissions.looks_in:
        return None
    reporter = permissions.task.reporter
    whom = reporter.display_name if reporter and reporter.id != permissions.actor.id else ""
    return {
        "url": menu.action_url(permissions.task, "notes"),
        "kinds": [str(each) for each in kinds],
        "kind": kind or str(kinds[-1]),
        "comment_to": whom,
        "text": text,
        "error": error,
    }
