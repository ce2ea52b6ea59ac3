"""Sessions that ended are deleted by the periodic job, live ones are not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.actors import jobs, sessions
from apps.actors.models import Session
from apps.actors.sessions import SessionStore
from taskhub.celery import TICKS

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def make_session(age: timedelta) -> str:
    """One that ends that long before now."""
    store = SessionStore()
    store.set_expiry(timezone.now() - age)
    store.save()
    assert store.session_key
    return store.session_key


def test_ended_sessions_are_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "BATCH", 2)
    for _ in range(5):
        make_session(SECOND)
    live = make_session(-timedelta(hours=1))
    jobs.forget_sign_ins()
    assert list(Session.objects.values_list("pk", flat=True)) == [live]


def test_job_is_periodic() -> None:
    assert jobs.forget_sign_ins.name in TICKS
