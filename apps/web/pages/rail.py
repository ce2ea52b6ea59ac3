"""The rail beside a task: its properties, its stages as a graph, its attempts and relatives."""

from collections.abc import Sequence
from itertools import pairwise

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.tasks import access, pauses, queries
from apps.tasks.access import TaskPermissions
from apps.tasks.custody import custody_of
from apps.tasks.lifecycle import Status
from apps.tasks.models import Privacy, Task
from apps.web import svg
from apps.web.contexts.task import AttemptRow, Rail, RelatedRow
from apps.web.labels import error_texts, party_name, timestamp_text
from apps.web.people import Names

from .menu import action_url
from .rows import know_parties, state_of, task_url

PRIVACY_ICONS = {Privacy.INHERIT: "users", Privacy.RESTRICTED: "lock", Privacy.PRIVATE: "lock"}
TONES = {"complete": ("ok", "circle-check"), "failed": ("bad", "circle-x"), "retried": ("bad", "circle-x")}


def rail(permissions: TaskPermissions, names: Names) -> Rail:
    """The context of `tasks/_rail.html` but for what has a template of its own."""
    task = permissions.task
    future = task.start_at if task.start_at > timezone.now() and task.status == Status.NEW else None
    reporter = task.reporter or task.created_by_application
    application = task.container.application
    return {
        "assignee": task.assignee.reference if task.assignee else "",
        "reporter": reporter.reference if reporter else "",
        "holder": _holder(permissions, names),
        "starts_at": None if task.retry_for_task_ids else future,
        "next_retry_at": future if task.retry_for_task_ids else None,
        "application": application.reference if application else "",
        "type": task.type_version.type.title,
        "type_version": task.type_version.number,
        "privacy": str(Privacy(task.privacy).label),
        "sharing_url": action_url(task, "sharing") if access.may_share(permissions) else "",
        "privacy_icon": PRIVACY_ICONS.get(Privacy(task.privacy), "lock"),
        "created_at": task.created_at,
        "external_id": task.external_id,
        "correlation_id": task.correlation_id,
    }


def _holder(permissions: TaskPermissions, names: Names) -> str:
    """The party that may write the task now, and the latest end of that."""
    if permissions.task.has_ended:
        return ""
    custody = custody_of(permissions.task, permissions.handover)
    if custody.who is None:
        return _("Those who work here")
    who = party_name(custody.who, names, str(permissions.actor))
    if custody.until is None or custody.holder != "handover":
        return who
    return _("%(who)s, until %(moment)s") % {"who": who, "moment": timestamp_text(custody.until)}


def stage_graph(permissions: TaskPermissions) -> svg.Graph | None:
    """The type's stages and the ways between them; in order where the type names no ways."""
    stages = permissions.spec.stages
    if len(stages) < 2:
        return None
    links = [(start, way["to"]) for way in permissions.spec.transitions for start in way["from"] if way.get("to")]
    links = links or list(pairwise(stage.name for stage in stages))
    tone = {Status.FAILED: "bad", Status.HANDED_OVER: "wait"}.get(Status(permissions.task.status), "current")
    return svg.draw({stage.name: stage.title for stage in stages}, links, tones={permissions.task.stage: tone})


def attempt_rows(permissions: TaskPermissions, chain: Sequence[Task]) -> list[AttemptRow]:
    """The chain of attempts, newest first; nothing where there was only one that did not fail."""
    if len(chain) < 2 and permissions.task.error is None:
        return []
    rows = [_attempt(permissions, number, task) for number, task in enumerate(chain, 1)]
    return [row for row in reversed(rows) if row]


def _attempt(permissions: TaskPermissions, number: int, task: Task) -> AttemptRow:
    error = task.error or {}
    if task.status == Status.HANDED_OVER and error:
        tone, icon = "bad", "circle-x"
    else:
        tone, icon = TONES.get(task.status, ("run", "loader"))
    texts = [text for text in error_texts(error) if text]
    return {
        "number": number,
        "worker": task.lease_worker if permissions.works_on_it and task.lease_worker else "",
        "tone": tone,
        "icon": icon,
        "span": task.status_changed_at - task.start_at
        if task.has_ended and task.status_changed_at > task.start_at
        else None,
        "why": ". ".join(texts),
    }


def related_rows(permissions: TaskPermissions, names: Names) -> list[RelatedRow]:
    """Related tasks that the reader sees too, with their relation to this one."""
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
    related = list(queries.related(permissions.actor, permissions.task))
    pauses.learn(other for _kind, other in related)
    for kind, other in related:
        know_parties(names, other)
        row: RelatedRow = {
            "relation": words.get(kind, kind),
            "key": other.key or "",
            "title": other.title,
            "url": task_url(other),
            "state": state_of(other),
        }
        rows.append(row)
    return rows
