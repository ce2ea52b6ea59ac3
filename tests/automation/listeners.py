"""A listener of IN_TRANSACTION for tests: what it heard, in order."""

from apps.events.models import Event

heard: list[Event] = []


def hear(event: Event) -> None:
    """Heard in the transaction of every event (IN_TRANSACTION)."""
    heard.append(event)
