"""Stages: a type's own board columns, and how they follow the lifecycle (domain: stages). Pure."""

from dataclasses import dataclass
from typing import Any, Literal

Category = Literal["todo", "doing", "waiting", "done"]
CATEGORIES = ("todo", "doing", "waiting", "done")
# The lifecycle's statuses, which lie in a layer above (a test keeps them equal).
STATUSES = ("new", "in_progress", "handed_over", "complete", "failed", "retried", "canceled", "aborted")
CATEGORY_OF: dict[str, Category] = {
    "new": "todo",
    "in_progress": "doing",
    "handed_over": "waiting",
    **dict.fromkeys(STATUSES[3:], "done"),
}

DEFAULT_STAGES: list[dict[str, Any]] = [
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
    category: Category
    status: str | None = None
    wip_limit: int | None = None
    requires: tuple[str, ...] = ()
    """Fields that have a value before a task is moved here."""


def stage_map(stages: tuple[Stage, ...]) -> dict[str, dict[str, str]]:
    """Both directions between stages and statuses, as the database keeps them for set-based writes."""
    first: dict[str, str] = {}
    for stage in stages:
        if stage.status:
            first.setdefault(stage.status, stage.name)
    return {"first": first, "status": {stage.name: stage.status for stage in stages if stage.status}}


def stage_after(mapping: dict[str, dict[str, str]], stage: str, status: str) -> str:
    """Where a task goes when its status becomes `status`: it stays if its stage names it or none does."""
    if mapping["status"].get(stage) == status:
        return stage
    return mapping["first"].get(status, stage)
