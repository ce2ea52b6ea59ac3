"""How an application's queue stands, for itself alone: counted from the rows, cheaply whatever there are.

Counts stop at COUNTED_TO. The age of what waits is given for each priority, lowest first, so that one which starves
cannot hide behind those that are served.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Now

from apps.actors.actor import Actor
from apps.automation.access import require_application
from apps.automation.models import Function, Worker
from apps.core.timestamps import format_timestamp
from apps.tasks import leases
from apps.tasks.lifecycle import Status
from apps.tasks.models import SKIPPED, Handover, TaskQuerySet

COUNTED_TO = 10_000
MOST_PRIORITIES = 20
MOST_WORKERS = 1000
MINUTES = (5, 60)
RATES = ("throughput", "retries", "failovers", "skips", "failures")
STOPPED = (Handover.Reason.FAILED, Handover.Reason.UNCLAIMED)


class Counted(Subquery):
    """How many rows a subquery gives; it says itself where to stop."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def stats(actor: Actor) -> dict[str, object]:
    """api.md: GET /queue/stats. Raises Forbidden for people."""
    require_application(actor)
    held = leases.in_flight(actor.id)
    workers = list(Worker.objects.filter(application=actor.id).order_by("-last_seen")[:MOST_WORKERS])
    return {
        "counted_to": COUNTED_TO,
        "results": [_render(function, held) for function in _functions(actor)],
        "workers": _render_workers(workers, held),
    }


def ready_by_priority(function: Function) -> list[tuple[int, datetime]]:
    """(priority, since when its oldest task is ready), lowest priority first, at most MOST_PRIORITIES."""
    waiting = leases.waiting(function.application_id, function.name, queued=True)
    ready: Any = waiting.order_by("priority", leases.SINCE).values_list("priority", leases.SINCE)
    ages: list[tuple[int, datetime]] = []
    row = ready.first()
    while row and len(ages) < MOST_PRIORITIES:
        ages.append(row)
        row = ready.filter(priority__gt=row[0]).first()
    return ages


# --- Counting, one statement for all functions ------------------------------------------------------


def _functions(actor: Actor) -> QuerySet[Function]:
    counts = {"ready": _counted(_waiting(actor, queued=True)), "scheduled": _counted(_waiting(actor, queued=False))}
    for name, (rows, at) in _ends(actor).items():
        for minutes in MINUTES:
            counts[f"{name}_{minutes}"] = _counted(_since(rows, at, minutes))
        counts[f"{name}_last"] = _earliest_counted(_since(rows, at, MINUTES[-1]), at)
    seen = Worker.objects.filter(application=actor.id, function=OuterRef("name")).order_by("-last_seen")
    last_seen = Subquery(seen.values("last_seen")[:1])
    functions = Function.objects.filter(application=actor.id).order_by("name")
    return functions.annotate(now=Now(), last_seen=last_seen, failing_since=F("clock__failing_since"), **counts)


def _waiting(actor: Actor, *, queued: bool) -> TaskQuerySet:
    return leases.waiting(actor.id, OuterRef("name"), queued=queued)


def _ends(actor: Actor) -> dict[str, tuple[Any, str]]:
    """How executions ended, each in one way: the rows, latest first, and the column of their time.

    A skip is a person's decision and no failure; a task that failed over has not ended, and counts by its handover.
    """

    def ended(status: Status) -> TaskQuerySet:
        return leases.ended(actor.id, OuterRef("name"), status)

    failed = ended(Status.FAILED)
    stopped = Handover.objects.filter(task__application=actor.id, task__function=OuterRef("name"), reason__in=STOPPED)
    return {
        "throughput": (ended(Status.COMPLETE), "status_changed_at"),
        "retries": (ended(Status.RETRIED), "status_changed_at"),
        "failovers": (stopped.order_by("-created_at"), "created_at"),
        "skips": (failed.filter(SKIPPED), "status_changed_at"),
        "failures": (failed.exclude(SKIPPED), "status_changed_at"),
    }


def _since(rows: Any, at: str, minutes: int) -> Any:
    return rows.filter(**{f"{at}__gt": Now() - timedelta(minutes=minutes)})


def _counted(rows: Any) -> Subquery:
    return Counted(rows.values("pk")[:COUNTED_TO])


def _earliest_counted(rows: Any, at: str) -> Subquery:
    """When the last row that is counted ended; none if there are fewer than are counted."""
    return Subquery(rows.values(at)[COUNTED_TO - 1 : COUNTED_TO])


# --- Rendering ---------------------------------------------------------------------------------------


def _render(function: Any, held: dict[tuple[str, str], int]) -> dict[str, Any]:
    priorities = ready_by_priority(function) if function.ready else []
    ages = [{"priority": each, "oldest_ready_age": _age(function, since)} for each, since in priorities]
    return {
        "function": function.name,
        "ready": function.ready,
        "scheduled": function.scheduled,
        "leased": sum(count for (name, _), count in held.items() if name == function.name),
        "oldest_ready_age": max((each["oldest_ready_age"] for each in ages), default=None),
        "priorities": ages,
        **{name: _rates(function, name) for name in RATES},
        "workers_last_seen": format_timestamp(function.last_seen),
        "paused_since": format_timestamp(function.paused_at),
        "unattended_since": format_timestamp(function.unattended_since),
        "schedule_failing_since": format_timestamp(function.failing_since),
    }


def _age(function: Any, since: datetime) -> float:
    seconds: float = (function.now - since).total_seconds()
    return round(max(0.0, seconds), 3)


def _rates(function: Any, name: str) -> dict[str, float]:
    """Per minute. Where more ended than are counted, over the time in which the counted ones did."""
    last = getattr(function, f"{name}_last")
    rates = {}
    for minutes in MINUTES:
        count, span = getattr(function, f"{name}_{minutes}"), float(minutes)
        if count == COUNTED_TO:
            span = min(span, max((function.now - last).total_seconds(), 1) / 60)
        rates[f"last_{minutes}_minutes"] = round(count / span, 3)
    return rates


def _render_workers(rows: Iterable[Worker], held: dict[tuple[str, str], int]) -> list[dict[str, object]]:
    """One entry a worker, latest seen first; version and draining are those of its last claim."""
    by_name: dict[str, list[Worker]] = {}
    for row in rows:
        by_name.setdefault(row.name, []).append(row)
    return [
        {
            "name": name or None,
            "version": mine[0].version,
            "functions": sorted(row.function for row in mine),
            "in_flight": sum(count for (_, worker), count in held.items() if worker == name),
            "last_seen": format_timestamp(mine[0].last_seen),
            "draining": mine[0].draining,
        }
        for name, mine in by_name.items()
    ]
