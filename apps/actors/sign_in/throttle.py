"""Wrong passwords are counted in the database, so that the limits hold over all processes.

- for an account from one address: after SIGN_IN_TRIES no more for a quarter of an hour;
- for an address over all accounts: the same after ten times as many;
- for an account over all addresses: after twice as many, a wait that doubles with each further one;
- for a device (a browser in which the person has signed in before) like an account from one address. What others do
  to the account does not concern it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.conf import settings
from django.db.models import Case, F, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors.models import WrongPasswords
from apps.core.errors import LimitExceeded

LONGEST = timedelta(minutes=15)
FORGET = timedelta(hours=1)
"""A count starts anew when its last wrong password is so old."""

Kind = Literal["pair", "device", "address", "account"]


@dataclass(frozen=True)
class Subject:
    """What wrong passwords are counted for."""

    kind: Kind
    name: str

    @property
    def key(self) -> str:
        """Names are stored as hashes: people type passwords where names belong."""
        return hashlib.sha256(f"{self.kind}:{self.name}".encode()).hexdigest()

    def wait_after(self, failures: int) -> timedelta:
        """How long nothing is tried after so many."""
        tries = settings.SIGN_IN_TRIES
        if self.kind == "account":
            over = failures - 2 * tries
            return min(timedelta(seconds=2 ** min(over, 20)), LONGEST) if over >= 0 else timedelta(0)
        limit = 10 * tries if self.kind == "address" else tries
        return LONGEST if failures >= limit else timedelta(0)


def require_allowed(subjects: Iterable[Subject]) -> None:
    """Raises LimitExceeded while one of them must wait."""
    by_key = {subject.key: subject for subject in subjects}
    now = timezone.now()
    rows = WrongPasswords.objects.filter(key__in=by_key).values_list("key", "failures", "last_at")
    until = [last_at + by_key[key].wait_after(failures) for key, failures, last_at in rows]
    wait = max(((moment - now).total_seconds() for moment in until), default=0.0)
    if wait > 0:
        raise LimitExceeded(_("Too many wrong passwords."), retry_after=wait)


def count(subjects: Iterable[Subject]) -> bool:
    """Count one wrong password for each; whether one of them must wait now, and did not before."""
    now, reached = timezone.now(), False
    for subject in subjects:
        failures = _add(subject.key, now)
        waits = [subject.wait_after(number) > timedelta(0) for number in (failures - 1, failures)]
        reached |= waits == [False, True]
    WrongPasswords.objects.filter(last_at__lt=now - FORGET).delete()
    return reached


def forget(subjects: Iterable[Subject]) -> None:
    """The password was right."""
    WrongPasswords.objects.filter(key__in=[subject.key for subject in subjects]).delete()


def _add(key: str, now: datetime) -> int:
    old = When(last_at__lt=now - FORGET, then=Value(1))
    rows = WrongPasswords.objects.filter(key=key)
    if not rows.update(failures=Case(old, default=F("failures") + 1), last_at=now):
        WrongPasswords.objects.bulk_create([WrongPasswords(key=key, failures=0, last_at=now)], ignore_conflicts=True)
        rows.update(failures=F("failures") + 1, last_at=now)
    return rows.values_list("failures", flat=True).get()
