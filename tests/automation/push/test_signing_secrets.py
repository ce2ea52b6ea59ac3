"""The secret of a push function: told once, sealed at rest, rotated without a call being refused."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.actors.actor import Actor
from apps.automation.functions import queries, services
from apps.automation.models import Function
from apps.automation.push.signing_secrets import signing_secrets
from apps.core.errors import Conflict, Invalid
from apps.core.signing import new_secret, read_secret

from .conftest import SECRET, push
from .receiver import Receiver


def stored() -> Function:
    return Function.objects.get(name="copy")


def body(receiver: Receiver, **more: str) -> dict[str, str]:
    return {"mode": "push", "url": receiver.url, **more}


def test_made_secret_is_told_once_and_sealed(application_actor: Actor, receiver: Receiver) -> None:
    made = services.put_function(application_actor, "copy", body(receiver))[0].new_secret
    assert made
    assert read_secret(made)
    assert made not in repr(stored().__dict__)
    again, created, changed = services.put_function(application_actor, "copy", body(receiver))
    assert (created, changed, again.new_secret) == (False, False, None)
    assert signing_secrets(stored()) == [made]
    assert "secret" not in queries.render_function(stored())


def test_given_secret_is_not_told(function: Function) -> None:
    assert function.new_secret is None
    assert SECRET not in repr(stored().__dict__)
    assert signing_secrets(stored()) == [SECRET]


def test_push_with_another_secret_rotates_it(function: Function, application_actor: Actor, receiver: Receiver) -> None:
    other = new_secret()
    policy = function.retry_policy
    assert services.put_function(application_actor, "copy", body(receiver, secret=other, retry_policy=policy))[2]
    assert signing_secrets(stored()) == [other, SECRET]
    assert not services.put_function(application_actor, "copy", body(receiver, secret=other, retry_policy=policy))[2]
    assert signing_secrets(stored()) == [other, SECRET]


def test_old_secret_signs_for_a_day(function: Function, application_actor: Actor) -> None:
    made = services.rotate_secret(application_actor, "copy", {}).new_secret
    assert signing_secrets(stored()) == [made, SECRET]
    left = stored().old_secret_until - timezone.now()
    assert timedelta(hours=23) < left <= timedelta(hours=24)
    Function.objects.update(old_secret_until=timezone.now())
    assert signing_secrets(stored()) == [made]


def test_pull_function_has_none(function: Function, application_actor: Actor) -> None:
    services.put_function(application_actor, "copy", {})
    assert (stored().secret, stored().old_secret, stored().url) == (None, None, None)
    with pytest.raises(Conflict):
        services.rotate_secret(application_actor, "copy", {})


@pytest.mark.parametrize("said", [{"secret": "hunter2"}, {"secret": 1}, {"key": "x"}])
def test_wrong_rotation_is_refused(function: Function, application_actor: Actor, said: dict) -> None:
    with pytest.raises(Invalid):
        services.rotate_secret(application_actor, "copy", said)
    assert signing_secrets(stored()) == [SECRET]


def test_lost_key_asks_for_a_new_secret(function: Function, application_actor: Actor, receiver: Receiver) -> None:
    Function.objects.update(secret="sealed:gAAAA")
    push(application_actor, receiver)
    assert signing_secrets(stored()) == [SECRET]
    assert stored().old_secret is None
