"""Hashing passwords costs little memory, however many people sign in at once; older hashes are replaced."""

import threading
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, get_hasher

from apps.actors.models import User
from apps.actors.sign_in import hashing
from apps.actors.sign_in.hashing import BoundedArgon2, Budget
from apps.core.errors import Unavailable
from tests.factories import make_user

NAME = "apps.actors.sign_in.hashing.BoundedArgon2"


class Old(Argon2PasswordHasher):
    """As Django has it, with less memory: what counts is that it differs."""

    memory_cost, parallelism = 40 * 1024, 1


@pytest.fixture
def argon(settings: Any) -> None:
    settings.PASSWORD_HASHERS = [NAME]
    return


def test_parameters_are_those_of_owasp() -> None:
    from taskhub import settings

    assert settings.PASSWORD_HASHERS[0] == NAME
    assert "m=19456,t=2,p=1" in BoundedArgon2().encode("secret", "some-salt-1")


@pytest.mark.django_db
def test_older_hash_is_replaced_when_its_password_is_right(argon: None) -> None:
    user = make_user("ana")
    User.objects.filter(pk=user.pk).update(password=Old().encode("secret-41", "some-salt-1"))
    user.refresh_from_db()
    assert not user.check_password("wrong")
    assert "m=40960" in user.password
    assert user.check_password("secret-41")
    user.refresh_from_db()
    assert "m=19456,t=2,p=1" in user.password
    assert user.check_password("secret-41")


def test_two_run_at_once_and_the_rest_wait_or_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "MOST_WAITING", 1)
    budget, inside, leave = Budget(), threading.Semaphore(0), threading.Event()

    def hold() -> None:
        with budget.share(1):
            inside.release()
            leave.wait()

    threads = [threading.Thread(target=hold) for _ in range(3)]
    for thread in threads:
        thread.start()
    inside.acquire()
    inside.acquire()
    assert not inside.acquire(timeout=0.1)  # the third waits
    with pytest.raises(Unavailable), budget.share(1):
        pass
    leave.set()
    for thread in threads:
        thread.join()
    with budget.share(2):
        pass


def test_who_waits_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "PATIENCE", 0.05)
    budget = Budget()
    with budget.share(2), pytest.raises(Unavailable), budget.share(1):
        pass
    with budget.share(2):
        pass


def test_hasher_is_found_by_the_name_in_old_hashes(argon: None) -> None:
    assert isinstance(get_hasher("argon2"), BoundedArgon2)
