"""What stands beside a task: its properties, its stages as a graph, its attempts and relatives."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.tasks import queries
from apps.tasks.access import Standing
from apps.tasks.custody import custody_of
from apps.tasks.lifecycle import Status
from apps.tasks.models import Privacy, Task
from apps.web import svg
from apps.web.people import Names
from apps.web.words import error_words, moment_words, party_name

from .menu import action_url, can_share
from .rows import know_parties, state_of, task_url

PRIVACY_ICONS = {Privacy.INHERIT: "users", Privacy.RESTRICTED: "lock", Privacy.PRIVATE: "lock"}
TONES = {"complete": ("ok", "circle-check"), "failed": ("bad", "circle-x"), "retried": ("bad", "circle-x")}


def rail(standing: Standing, names: Names) -> dict[str, Any]:
    """The context of `tasks/_rail.html` but for what has a template of its own."""
    task = standing.task
    future = task.start_at if task.start_at > timezone.now() and task.status == Status.NEW else None
    reporter = task.reporter or task.created_by_application
    application = task.container.application
    return {
        "assignee": task.assignee.reference if task.assignee else "",
        "reporter": reporter.reference if reporter else "",
        "holder": _holder(standing, names),
        "starts_at": None if task.retry_for_task_ids else future,
        "next_retry_at": future if task.retry_for_task_ids else None,
        "application": application.reference if application else "",
        "type": task.type_version.type.title,
        "type_version": task.type_version.number,
        "privacy": Privacy(task.privacy).label,
        "sharing_url": action_url(task, "sharing") if can_share(standing) else "",
        "privacy_icon": PRIVACY_ICONS.get(Privacy(task.privacy), "lock"),
        "created_at": task.created_at,
        "external_id": task.external_id,
        "correlation_id": task.correlation_id,
    }


def _holder(standing: Standing, names: Names) -> str:
    """Who may write it now, and until when at the latest."""
    if standing.task.has_ended:
        return ""
    custody = custody_of(standing.task, standing.handover)
    if custody.who is None:
        return _("Those who work here")
    who = party_name(custody.who, names, str(standing.actor))
    if custody.until is None or custody.holder != "handover":
        return who
    return _("%(who)s, until %(moment)s") % {"who": who, "moment": moment_words(custody.until)}


def stage_graph(standing: Standing) -> svg.Graph | None:
    """The type's stages and the ways between them; in order where the type names no ways."""
    stages = standing.spec.stages
    if len(stages) < 2:
        return None
    links = [(start, way["to"]) for way in standing.spec.transitions for start in way["from"] if way.get("to")]
    links = links or list(pairwise(stage.name for stage in stages))
    tone = {Status.FAILED: "bad", Status.HANDED_OVER: "wait"}.get(Status(standing.task.status), "current")
    return svg.draw({stage.name: stage.title for stage in stages}, links, tones={standing.task.stage: tone})


def attempt_rows(standing: Standing, chain: Sequence[Task]) -> list[dict[str, Any]]:
    """The chain of attempts, newest first; nothing where there was only one that did not fail."""
    if len(chain) < 2 and standing.task.error is None:
        return []
    rows = [_attempt(standing, number, task) for number, task in enumerate(chain, 1)]
    return [row for row in reversed(rows) if row]


def _attempt(standing: Standing, number: int, task: Task) -> dict[str, Any]:
    error = task.error or {}
    if task.status == Status.HANDED_OVER and error:
        tone, icon = "bad", "circle-x"
    else:
        tone, icon = TONES.get(task.status, ("run", "loader"))
    said = [text for text in error_words(error) if text]
    return {
        "number": number,
        "worker": task.lease_worker if standing.works_on_it and task.lease_worker else "",
        "tone": tone,
        "icon": icon,
        "span": task.status_changed_at - task.start_at
        if task.has_ended and task.status_changed_at > task.start_at
        else None,
        "why": ". ".join(said),
    }


def related_rows(standing: Standing, names: Names) -> list[dict[str, Any]]:
    """Relatives that the reader sees too, with what they are to this task."""
    words = {
        "parent": _("Part of"),
        "child": _("Contains"),
        "blocks": _("Blocks"),
        "blocks_of": _("Blocked by"),
        "relates": _("Relates to"),
        "relates_of": _("Relates to"),
        "parent_of": _("Contains"),
    }
    rows = []
    for kind, other in queries.related(standing.actor, standing.task):
        know_parties(names, other)
        row = {"relation": words.get(kind, kind), "key": other.key or "", "title": other.title}
        rows.append({**row, "url": task_url(other), "state": state_of(other)})
    return rows
