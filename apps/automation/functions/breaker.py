"""The breaker pauses a function after so many lost or failed tasks in so many minutes. It is off unless it is set.

Each failure of such a function is a row; the sweep counts the latest ones, never more than the breaker allows.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from apps.actors.actor import SYSTEM
from apps.automation.models import FailedExecution, Function
from apps.core import due
from apps.core.shapes import Object, Whole

from .pausing import set_pause

MOST_FAILURES = 1000
MOST_MINUTES = 24 * 60
BREAKER = Object(
    {"failures": Whole(1, MOST_FAILURES), "minutes": Whole(1, MOST_MINUTES)},
    required=["failures", "minutes"],
    name="BreakerBody",
    about="The function is paused after so many lost or failed tasks within so many minutes.",
)
MOST_FORGOTTEN = 500


def note_failure(function: Function) -> None:
    """A task of the function was lost or failed, whatever became of it then."""
    if function.breaker is not None:
        FailedExecution.objects.create(function=function, at=Now())


def break_due() -> int:
    """Pause the functions whose breakers have seen enough; how many this call paused. Safe on many nodes."""
    _forget()
    return due.work_off(_watched().order_by("pk").values_list("pk"), _break)


def _watched() -> Any:
    """The functions that go on and have a breaker which has seen a failure."""
    seen = Exists(FailedExecution.objects.filter(function=OuterRef("pk")))
    return Function.objects.filter(seen, breaker__isnull=False, paused_at=None)


@transaction.atomic
def _break(pk: UUID) -> bool:
    """Whether it failed too often and is paused here. Without enough failures no row is locked."""
    if not _has_failed_too_often(_watched().filter(pk=pk).annotate(now=Now()).first()):
        return False
    function = due.lock(_watched().filter(pk=pk).annotate(now=Now()))
    if function is None or not _has_failed_too_often(function):
        return False
    breaker = function.breaker
    words = _("%(failures)d tasks failed within %(minutes)d minutes.") % breaker
    set_pause(function, SYSTEM, reason=words, until=None, failures=breaker["failures"])
    return True


def _has_failed_too_often(function: Any) -> bool:
    if function is None:
        return False
    most, span = function.breaker["failures"], timedelta(minutes=function.breaker["minutes"])
    lately = FailedExecution.objects.filter(function=function.pk, at__gt=function.now - span)
    return bool(len(lately.order_by("-at").values_list("pk")[:most]) >= most)


def _forget() -> None:
    """Failures that no breaker counts any more. Nothing is written while there are none."""
    old = FailedExecution.objects.filter(at__lt=Now() - timedelta(minutes=MOST_MINUTES))
    rows = list(old.values_list("pk", flat=True)[:MOST_FORGOTTEN])
    if rows:
        FailedExecution.objects.filter(pk__in=rows).delete()
