"""A task's page. What the reader may not see does not come into its context at all."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.containers.access import allows
from apps.tasks import queries, services
from apps.tasks.access import Standing, asked_names, get_task, visible_fields
from apps.tasks.models import Note
from apps.tasks.rendering import version_of
from apps.tasks.services.notes import may_comment
from apps.web.people import actor_of, names_of
from apps.web.schema_form import show_form

from . import menu, rail
from .answer import answer_part
from .banner import banner
from .fields import edit_form, locked_groups
from .files import file_rows
from .plans import plan_rows, plan_url
from .result import result_groups
from .rows import know_parties, state_of
from .timeline import timeline

Part = dict[str, Any]


def standing_at(request: HttpRequest, name: str) -> Standing:
    """The reader before the task of this key or id. Raises NotFound."""
    actor = actor_of(request)
    return Standing(actor, get_task(actor, name))


def task_page(
    request: HttpRequest,
    standing: Standing,
    *,
    answer: Part | None = None,
    edit: Part | None = None,
    compose: Part | None = None,
) -> dict[str, Any]:
    """The context of `tasks/detail.html`; parts that are given stand in for the fresh ones (what was typed)."""
    names, handover = names_of(request), standing.handover
    know_parties(names, standing.task, handover)
    notes, attachments = list(queries.notes(standing)), list(queries.attachments(standing))
    if handover is not None and standing.may_answer:
        answer = answer or answer_part(request, standing, handover)
    else:
        edit = edit or edit_part(request, standing)
    return {
        "task": head(standing),
        "banner": banner(standing, names),
        "glass": glass_part(standing),
        "answer": answer,
        "edit": edit,
        "locked": [
            *result_groups(standing.task),
            *locked_groups(request, standing, leave_out=_shown_elsewhere(standing, answer, edit)),
        ],
        "more": menu.menu(standing),
        "moves": menu.moves(standing),
        "edit_url": menu.action_url(standing.task, "edit") if standing.is_asker and standing.actor.is_user else "",
        "ask_url": menu.action_url(standing.task, "ask") if menu.can_ask(standing) else "",
        "transitions": menu.transitions(standing),
        "compose": compose or compose_part(standing, names),
        "rail": rail.rail(standing, names),
        "graph": rail.stage_graph(standing),
        "attempts": rail.attempt_rows(standing, queries.attempts(standing.actor, standing.task)),
        "related": rail.related_rows(standing, names),
        "scheduled": plan_rows(request, standing),
        "plan_url": plan_url(standing),
        "files": file_rows(standing, attachments),
        **timeline(request, standing, notes, attachments),
    }


def glass_part(standing: Standing) -> Part | None:
    """By what an administrator looks at a task that is not theirs to see; None for everybody else."""
    opened = services.look_of(standing.actor, standing.task) if standing.looks_in else None
    if opened is None:
        return None
    return {"until": opened.ends_at, "reason": opened.reason, "url": menu.action_url(standing.task, "stop_looking")}


def _shown_elsewhere(standing: Standing, answer: Part | None, edit: Part | None) -> frozenset[str]:
    if answer:
        return asked_names(standing.handover)
    writable = {name for name, access in visible_fields(standing).items() if access.level == "write"}
    return frozenset(writable) if edit else frozenset()


def head(standing: Standing) -> Part:
    """The head of the page. A container that the reader does not see has a title, but no address."""
    task, stage = standing.task, standing.spec.stage(standing.task.stage)
    container = task.container
    url = reverse("web:container", args=[container.slug]) if allows(standing.role, "see") else ""
    return {
        "key": task.key or _("Earlier attempt"),
        "title": task.title,
        "description": task.description,
        "url": reverse("web:task", args=[menu.name_in_urls(task)]),
        "container": {"title": container.title, "slug": container.slug, "url": url},
        "stage": stage.title if stage else "",
        "state": state_of(task, standing.handover),
        "priority_words": _("Priority %(n)d") % {"n": task.priority} if task.priority else "",
        "due_at": task.due_at,
        "tags": task.tags,
        "following": task.watches.filter(user=standing.actor.id).exists(),
        "follow_url": "" if standing.looks_in else menu.action_url(task, "follow"),
        "move_url": menu.action_url(task, "move"),
    }


def edit_part(request: HttpRequest, standing: Standing) -> Part | None:
    """The form of fields that the reader may simply change; None if there are none."""
    form = edit_form(request, standing)
    if not form.questions or standing.task.has_ended:
        return None
    url = menu.action_url(standing.task, "edit")
    return {"url": url, "form": show_form(form), "version": version_of(standing), "errors": [], "form_errors": []}


def compose_part(standing: Standing, names: Any, *, kind: str = "", text: str = "", error: str = "") -> Part | None:
    """The composer: a work note by default, for those who may write one; none for who only looks."""
    kinds = [Note.Kind.COMMENT] if may_comment(standing) else []
    if standing.works_on_it:
        kinds.append(Note.Kind.WORK_NOTE)
    if not kinds or standing.looks_in:
        return None
    reporter = standing.task.reporter
    whom = reporter.display_name if reporter and reporter.id != standing.actor.id else ""
    return {
        "url": menu.action_url(standing.task, "notes"),
        "kinds": [str(each) for each in kinds],
        "kind": kind or str(kinds[-1]),
        "comment_to": whom,
        "text": text,
        "error": error,
        "files": True,
    }
