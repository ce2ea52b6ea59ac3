"""Committed events reach every consumer once; one that fails keeps its event due and stops nobody else."""

import pytest
from django.db import transaction

from apps.actors.actor import SYSTEM
from apps.events import dispatch, log, verbs
from apps.events.models import Event

pytestmark = pytest.mark.django_db
heard: list[str] = []


def listen(event: Event) -> None:
    heard.append(event.data["n"])


def choke(event: Event) -> None:
    if event.data["n"] == "2":
        raise ValueError("a consumer's bug")


@pytest.fixture(autouse=True)
def consumers(settings: object) -> None:
    heard.clear()
    settings.EVENT_CONSUMERS = [f"{__name__}.choke", f"{__name__}.listen"]


def make(*numbers: str) -> None:
    with transaction.atomic():
        for number in numbers:
            log.record(type=verbs.ACCOUNT_CHANGED, actor=SYSTEM, data={"n": number})


def test_each_is_handed_out_once() -> None:
    make("0", "1")
    assert dispatch.dispatch() == 2
    assert dispatch.dispatch() == 0
    assert heard == ["0", "1"]


def test_a_failing_consumer_keeps_its_event_due_alone() -> None:
    make("1", "2", "3")
    assert dispatch.dispatch() == 2
    assert [event.data["n"] for event in Event.objects.filter(dispatched_at=None)] == ["2"]
    assert heard[-2:] == ["1", "3"]


def test_recording_outside_a_transaction_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction.get_connection(), "in_atomic_block", False)
    with pytest.raises(RuntimeError):
        log.record(type=verbs.ACCOUNT_CHANGED, actor=SYSTEM)


def test_unknown_types_are_refused() -> None:
    with pytest.raises(ValueError, match="not in the list"):
        log.record(type="task.exploded", actor=SYSTEM)
