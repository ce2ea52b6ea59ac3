"""Stages: a type's own board columns, and how they follow the lifecycle. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from apps.containers.schema import ASK_FOR_MORE
from apps.containers.schema.walk import Schema

from .documents import StageDocument, StageMap

CATEGORIES = ("todo", "doing", "waiting", "done")
# The lifecycle's statuses, which lie in a layer above (a test keeps them equal).
STATUSES = ("new", "in_progress", "handed_over", "complete", "failed", "retried", "canceled", "aborted")
CATEGORY_OF: dict[str, str] = {
    "new": "todo",
    "in_progress": "doing",
    "handed_over": "waiting",
    **dict.fromkeys(STATUSES[3:], "done"),
}

DEFAULT_STAGES: list[StageDocument] = [
    {"name": "todo", "title": "To do", "category": "todo", "status": "new", "wip_limit": None},
    {"name": "doing", "title": "Doing", "category": "doing", "status": "in_progress", "wip_limit": None},
    {"name": "waiting", "title": "Waiting", "category": "waiting", "status": "handed_over", "wip_limit": None},
    {"name": "done", "title": "Done", "category": "done", "status": "complete", "wip_limit": None},
]


@dataclass(frozen=True)
class Stage:
    """A column. Entering one that names a status runs that lifecycle transition."""

    name: str
    title: str
    category: str
    status: str | None = None
    wip_limit: int | None = None
    requires: tuple[str, ...] = ()
    """Fields that have a value before a task is moved here."""


def stage_of(document: StageDocument) -> Stage:
    """The stage that a document declares."""
    return Stage(
        name=document["name"],
        title=document["title"],
        category=document["category"],
        status=document["status"],
        wip_limit=document["wip_limit"],
        requires=tuple(document.get("requires", ())),
    )


def stage_map(stages: tuple[Stage, ...], automatic: Mapping[str, str], schema: Schema) -> StageMap:
    """As the database stores it for set-based writes; `automatic` are the stages that transitions lead to."""
    first: dict[str, str] = {}
    for stage in stages:
        if stage.status:
            first.setdefault(stage.status, stage.name)
    status = {stage.name: stage.status for stage in stages if stage.status}
    result: StageMap = {"first": first, "status": status, "whole": True}
    if automatic:
        result["automatic"] = dict(automatic)
    if schema.get("required"):
        result["required"] = sorted(schema["required"])
    if ASK_FOR_MORE & schema.keys():
        result["conditions"] = True
    return result


def stage_after(mapping: StageMap, stage: str, status: str) -> str:
    """Where a task goes when its status becomes `status`: it stays if its stage names it or none does."""
    if mapping["status"].get(stage) == status:
        return stage
    return mapping["first"].get(status, stage)
