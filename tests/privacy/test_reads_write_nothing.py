"""No GET and no HEAD changes anything, whoever asks and whatever they name."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from taskhub.rehearsal.privacy_proof.requests import all_requests

from . import hiding
from .cast import base
from .stillness import Dice

WRITES = ("INSERT", "UPDATE", "DELETE")
# Who was here last, and what is signed in: not what a page is about.
PASSING = ("django_session", "actors_apikey")


@contextmanager
def written() -> Iterator[list[str]]:
    """The statements that change rows."""
    found: list[str] = []

    def watch(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.lstrip("( ").startswith(WRITES) and not any(table in sql for table in PASSING):
            found.append(sql[:120])
        return execute(sql, *rest)

    with connection.execute_wrapper(watch):
        yield found


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "below"), [("contributor", "tasks/"), ("contributor", "containers/"),
                                             ("member application", "api/v1/"), ("staff", "admin/tasks/")])  # fmt: skip
def test_reads_write_nothing(dice: Dice, role: str, below: str) -> None:
    cast = base()
    requests = [
        request for request in all_requests(hiding.names(cast, []), ("GET", "HEAD")) if request.route.startswith(below)
    ]
    identity, wrong = cast.identity(role), []
    for request in requests:
        with written() as found:
            identity.send(request)
        wrong += [f"{request}: {sql}" for sql in found]
    assert wrong == []


@pytest.mark.django_db
def test_a_write_is_seen(dice: Dice) -> None:
    with written() as found:
        base()
    assert any("tasks_task" in sql for sql in found)
