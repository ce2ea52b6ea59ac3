"""Handlers that do what no handler should: their tasks end all the same, and the worker goes on with the next."""

import asyncio
import sys
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from taskhub_client import Nonrecoverable

from tests.clients.conftest import working


@pytest.mark.parametrize(
    ("leave", "name"),
    [(lambda: sys.exit(3), "SystemExit"), (lambda: raising(KeyboardInterrupt()), "KeyboardInterrupt")],
)
@pytest.mark.parametrize("is_coroutine", [False, True])
def test_handler_that_ends_the_program_fails_its_task_alone(worker, function, make, ended, leave, name, is_coroutine):
    """The one slot of the worker is free again: the second task is done."""

    def plain(task):
        return task.fields["n"] or leave()

    async def coroutine(task):
        await asyncio.sleep(0)
        return plain(task)

    worker.function(function)(coroutine if is_coroutine else plain)
    first, second = make(fields={"n": 0}), make(fields={"n": 1})
    with working(worker):
        error = ended(first, "failed")["error"]
        assert ended(second, "complete")["result"] == 1
    assert (error["name"], error["recoverable"], error["type"]) == (name, True, "exception")


def test_coroutine_that_cancels_itself_fails(worker, function, make, ended):
    """Nobody asked it to stop: given back, it would be claimed again without end."""

    @worker.function(function)
    async def count(task):
        raise asyncio.CancelledError

    key = make()
    with working(worker):
        assert ended(key, "failed")["error"]["name"] == "CancelledError"


def test_exception_without_words_fails_its_task(worker, function, make, ended):
    class Mute(Exception):
        def __str__(self):
            raise RuntimeError("no words")

    @worker.function(function)
    def count(task):
        raise Mute

    key = make()
    with working(worker):
        assert ended(key, "failed")["error"]["message"] == "Mute"


def raising(error):
    raise error


@pytest.mark.parametrize(
    ("result", "pointer", "kind"),
    [
        ({"rows": [1, 2 + 1j]}, "/result/rows/1", "complex"),
        ({"rate": float("nan")}, "/result/rate", "float"),
        ("\ud800", "/result", "str"),
    ],
)
def test_result_that_json_cannot_hold_fails_at_once(worker, function, make, ended, client, result, pointer, kind):
    """Retries would only repeat the work: the error is nonrecoverable, and names the type and the place."""
    client.put(f"/functions/{function}", {"mode": "pull", "retry_policy": {"enabled": True, "delays": [0]}})
    worker.function(function)(lambda task: result)
    key = make()
    with working(worker):
        failed = ended(key, "failed")
    assert (failed["error"]["name"], failed["error"]["recoverable"]) == ("UnwritableValue", False)
    assert failed["error"]["details"] == {"pointer": pointer, "type": kind}
    assert pointer in failed["error"]["message"]
    assert failed["retry_for_task_ids"] == []


def test_result_of_common_types_is_written(worker, function, make, ended):
    worker.function(function)(lambda task: {"at": datetime(2030, 1, 31, tzinfo=UTC), "amount": Decimal("142.10")})
    key = make()
    with working(worker):
        result = ended(key, "complete")["result"]
    assert result == {"at": "2030-01-31T00:00:00.000Z", "amount": "142.10"}


def test_error_with_unwritable_parts_keeps_its_name(worker, function, make, ended):
    @worker.function(function)
    def count(task):
        raise Nonrecoverable("half \ud800 \0", name="Broken", details={"at": object()})

    key = make()
    with working(worker):
        error = ended(key, "failed")["error"]
    assert (error["name"], error["message"]) == ("Broken", "half ? \N{REPLACEMENT CHARACTER}")
    assert "/details/at is of type object" in error["details"]["unwritable"]
