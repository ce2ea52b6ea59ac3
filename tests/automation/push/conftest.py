"""A push function `copy`, its receiver, and tasks of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from apps.actors.actor import Actor
from apps.automation.functions import services
from apps.automation.models import Function
from tests.automation.conftest import kind, make_task

from .receiver import Receiver, receiving

__all__ = ["kind", "make_task"]

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.EGRESS_ALLOW = ["127.0.0.1/32"]
    with receiving() as listening:
        yield listening


@pytest.fixture
def function(application_actor: Actor, receiver: Receiver) -> Function:
    """It retries what may be retried, later."""
    return push(application_actor, receiver, retry_policy={"enabled": True, "delays": [100]})


def push(actor: Actor, receiver: Receiver, **body: Any) -> Function:
    """Push `copy` anew."""
    body = {"mode": "push", "url": receiver.url, "secret": SECRET, **body}
    return services.put_function(actor, "copy", body)[0]
