"""Django's database sessions, each with the person whose it is: they can be listed, and ended for good."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from apps.core.sql.prepared import Prepared

from .models import Session, User

ORIGIN = "signed_in"
MOST_LISTED = 50
BATCH = 1000
"""How many rows one statement deletes: other writers wait for it on SQLite."""


class SessionStore(DatabaseStore):
    """The store that SESSION_ENGINE names."""

    @classmethod
    def get_model_class(cls) -> type[Any]:
        return Session

    def _get_session_from_db(self) -> Any:
        session = _LIVE.first(self.session_key or "") if "\0" not in (self.session_key or "") else None
        if session is None:
            self._session_key = None
        return session

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        session: Any = super().create_model_instance(data)
        session.user_id = data.get(SESSION_KEY)
        return session


_LIVE = Prepared(lambda key: Session.objects.filter(session_key=key, expire_date__gt=Now()).order_by())


@dataclass(frozen=True)
class SignedIn:
    """One session as its person may know it. `id` names it without being the key that opens it."""

    id: str
    at: datetime | None
    address: str
    agent: str
    is_current: bool


def remember_origin(session: Any, *, address: str, agent: str) -> None:
    """Note at sign-in when and from where the session was begun."""
    session[ORIGIN] = {"at": timezone.now().isoformat(), "address": address, "agent": agent[:200]}


def sessions_of(user: User, current: str | None) -> list[SignedIn]:
    """The person's sessions, the latest first."""
    rows = Session.objects.filter(user=user, expire_date__gt=timezone.now()).order_by("-expire_date")
    return [_described(row, current) for row in rows[:MOST_LISTED]]


def end_session(user: User, id: str) -> bool:
    """End one session of the person at once; whether there was one."""
    keys = Session.objects.filter(user=user).values_list("session_key", flat=True)
    named = [key for key in keys if _id_of(key) == id]
    return bool(Session.objects.filter(session_key__in=named).delete()[0])


def end_other_sessions(user: User, current: str | None) -> int:
    """End all sessions of the person but one; how many there were."""
    return Session.objects.filter(user=user).exclude(session_key=current or "").delete()[0]


def delete_ended_sessions() -> int:
    """Delete all that ended by themselves, batch by batch; how many there were."""
    rows, deleted = Session.objects.filter(expire_date__lt=timezone.now()), 0
    while keys := list(rows.values_list("pk", flat=True)[:BATCH]):
        deleted += rows.filter(pk__in=keys).delete()[0]
    return deleted


def _described(row: Session, current: str | None) -> SignedIn:
    origin = SessionStore().decode(row.session_data).get(ORIGIN, {})
    return SignedIn(
        id=_id_of(row.session_key),
        at=parse_datetime(origin.get("at", "")),
        address=origin.get("address", ""),
        agent=origin.get("agent", ""),
        is_current=row.session_key == current,
    )


def _id_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:20]
