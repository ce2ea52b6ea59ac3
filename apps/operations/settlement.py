"""What became of the tasks to which an operation was done: looked up where it counts, with the author's eyes."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from apps.actors.actor import Actor
from apps.tasks.lifecycle import LIVE
from apps.tasks.queries import what_became

from .kinds import kind_of
from .models import Item, Operation

AT_ONCE = 1000
"""Items that one look settles."""
HIDDEN = "not_found"
Outcome = Item.Outcome


class Settled(NamedTuple):
    """How many items settled well and badly."""

    ok: int = 0
    bad: int = 0


def settle(operation: Operation, actor: Actor) -> None:
    """Note the outcome of items that have settled since the last look, at most AT_ONCE, and count them."""
    by_end: dict[str | None, list[int]] = {}
    for item in _settled_now(operation, actor).only("pk").order_by("id")[:AT_ONCE]:
        by_end.setdefault(item.became, []).append(item.pk)
    for became, pks in by_end.items():
        outcome = outcome_of(operation, became)
        code = "" if outcome == Outcome.SETTLED_OK else became or HIDDEN
        Item.objects.filter(pk__in=pks).update(outcome=outcome, code=code, at=timezone.now())
    settled = _count(operation, {became: len(pks) for became, pks in by_end.items()})
    operation.looked_at = timezone.now()
    operation.settled_ok += settled.ok
    operation.settled_bad += settled.bad


def settled_meanwhile(operation: Operation, actor: Actor) -> Settled:
    """How many items have settled that are not counted yet."""
    counted = _settled_now(operation, actor).order_by().values("became").annotate(count=Count("pk"))
    return _count(operation, {row["became"]: row["count"] for row in counted})


def outcome_of(operation: Operation, became: str | None) -> str:
    """How an item whose task stands so has settled. A task that its author does not see any more has settled badly."""
    well = became in kind_of(operation.kind).settles_well
    return Outcome.SETTLED_OK if well else Outcome.SETTLED_BAD


def _settled_now(operation: Operation, actor: Actor) -> QuerySet[Any]:
    """Items that are not counted yet, with what their tasks `became`."""
    items = Item.objects.filter(operation=operation, outcome=Outcome.DONE)
    return items.annotate(became=what_became(actor, "watched_id")).filter(~Q(became__in=LIVE) | Q(became=None))


def _count(operation: Operation, ends: Mapping[str | None, int]) -> Settled:
    ok = sum(count for became, count in ends.items() if outcome_of(operation, became) == Outcome.SETTLED_OK)
    return Settled(ok, sum(ends.values()) - ok)
