"""Committed events reach every consumer; one that fails is tried again by itself and stops nobody else."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from apps.actors.actor import SYSTEM
from apps.events import dispatch, event_types, jobs, log, retries
from apps.events.models import ConsumerRetry, Event

pytestmark = pytest.mark.django_db
heard: list[str] = []
poison: set[str] = set()


def listen(event: Event) -> None:
    heard.append(event.data["n"])


def choke(event: Event) -> None:
    if event.data["n"] in poison:
        make("written by who failed")
        raise ValueError("a consumer's bug")


@pytest.fixture(autouse=True)
def consumers(settings: object) -> None:
    heard.clear()
    poison.clear()
    settings.EVENT_CONSUMERS = [f"{__name__}.choke", f"{__name__}.listen"]


def make(*numbers: str) -> None:
    with transaction.atomic():
        for number in numbers:
            log.record(type=event_types.ACCOUNT_CHANGED, actor=SYSTEM, data={"n": number})


def come_due() -> None:
    ConsumerRetry.objects.update(due_at=timezone.now() - timedelta(seconds=1))


def test_each_is_handed_out_once() -> None:
    make("0", "1")
    assert dispatch.dispatch() == 2
    assert dispatch.dispatch() == 0
    assert heard == ["0", "1"]


def test_one_transaction_hands_out_a_batch_and_the_job_all() -> None:
    make(*map(str, range(dispatch.BATCH + 1)))
    assert dispatch.dispatch() == dispatch.BATCH
    make("more")
    jobs.dispatch()
    assert not Event.objects.filter(dispatched_at=None).exists()
    assert heard[-1] == "more"


def test_only_the_consumer_that_failed_is_put_off() -> None:
    poison.add("2")
    make("1", "2", "3")
    assert dispatch.dispatch() == 3
    assert heard[-3:] == ["1", "2", "3"]
    retry = ConsumerRetry.objects.get()
    assert (retry.event.data["n"], retry.consumer, retry.attempts) == ("2", f"{__name__}.choke", 1)
    assert retry.error == "ValueError"
    assert list(Event.objects.filter(data__n="written by who failed")) == []


def test_poison_never_blocks_the_rest() -> None:
    poisoned = [str(n) for n in range(dispatch.BATCH + 10)]
    poison.update(poisoned)
    make(*poisoned, "good")
    jobs.dispatch()
    assert "good" in heard
    assert not Event.objects.filter(dispatched_at=None).exists()
    assert retries.failing() == len(poisoned)


def test_it_is_tried_later_and_later_until_it_is_taken() -> None:
    poison.add("1")
    make("1")
    dispatch.dispatch()
    assert retries.retry_due(10) == 0, "not before its time"
    for attempts in range(2, 15):
        come_due()
        assert retries.retry_due(10) == 1
        assert ConsumerRetry.objects.get().attempts == attempts
    wait = ConsumerRetry.objects.get().due_at - timezone.now()
    assert timedelta(minutes=25) < wait <= timedelta(seconds=retries.LONGEST_DELAY)
    poison.clear()
    come_due()
    jobs.dispatch()
    assert not ConsumerRetry.objects.exists()
    assert heard.count("1") == 1, "the others had it long ago"


def test_a_consumer_that_is_gone_is_not_tried_again(settings: object) -> None:
    poison.add("1")
    make("1")
    dispatch.dispatch()
    settings.EVENT_CONSUMERS = []
    come_due()
    retries.retry_due(10)
    assert not ConsumerRetry.objects.exists()


def test_health_tells(client: Client) -> None:
    poison.add("1")
    make("1")
    dispatch.dispatch()
    assert client.get("/readyz").json()["failing_events"] == 1
    assert client.get("/readyz").json()["overdue_seconds"] == 0
    ConsumerRetry.objects.update(due_at=timezone.now() - timedelta(hours=1))
    assert client.get("/readyz").json()["overdue_seconds"] >= 3600


def test_recording_outside_a_transaction_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction.get_connection(), "in_atomic_block", False)
    with pytest.raises(RuntimeError):
        log.record(type=event_types.ACCOUNT_CHANGED, actor=SYSTEM)


def test_unknown_types_are_refused() -> None:
    with pytest.raises(ValueError, match="not in the list"):
        log.record(type="task.exploded", actor=SYSTEM)
