"""Hints: after commit, once, and never in the way."""

import pytest
from django.db import transaction

from apps.core import background


class Broker:
    """Stands in for the broker: keeps what it is told, or refuses."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, list[str]]] = []
        self.tries = 0
        self.down = False

    def send_task(self, name: str, *, args: object, **_: object) -> None:
        self.tries += 1
        if self.down:
            raise ConnectionError
        self.sent.append((name, list(args)))


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch, settings: pytest.FixtureRequest) -> Broker:
    settings.BACKGROUND_HINTS = True
    broker = Broker()
    monkeypatch.setattr(background, "current_app", broker)
    monkeypatch.setattr(background, "messenger", background.Messenger())
    return broker


@pytest.mark.django_db(transaction=True)
def test_hint_leaves_after_commit_with_its_ids_as_text(broker: Broker) -> None:
    with transaction.atomic():
        background.enqueue("job", 1, "a")
        assert broker.sent == []
    assert broker.sent == [("job", ["1", "a"])]


@pytest.mark.django_db(transaction=True)
def test_rolled_back_hint_is_never_sent(broker: Broker) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        background.enqueue("job")
        raise ZeroDivisionError
    assert broker.sent == []


@pytest.mark.django_db(transaction=True)
def test_equal_hints_of_one_transaction_are_sent_once(broker: Broker) -> None:
    with transaction.atomic():
        for _ in range(1000):
            background.enqueue("job")
        background.enqueue("job", 1)
    assert broker.sent == [("job", []), ("job", ["1"])]


@pytest.mark.django_db(transaction=True)
def test_hint_survives_when_an_equal_one_was_rolled_back(broker: Broker) -> None:
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            background.enqueue("job")
            raise ZeroDivisionError
        background.enqueue("job")
    assert broker.sent == [("job", [])]


@pytest.mark.django_db(transaction=True)
def test_dead_broker_is_asked_once_and_raises_nothing(broker: Broker) -> None:
    broker.down = True
    for _ in range(10):
        background.enqueue("job")
    assert broker.tries == 1


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_where_nobody_listens(broker: Broker, settings: pytest.FixtureRequest) -> None:
    settings.BACKGROUND_HINTS = False
    background.enqueue("job")
    assert broker.tries == 0
