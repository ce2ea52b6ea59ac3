"""The worker against a real TaskHub: the ways in which it is started and asked."""

import asyncio

import pytest
from taskhub_client import AsyncClient, Worker

from tests.servers import wait_until

from .conftest import working

pytestmark = [pytest.mark.processes, pytest.mark.own_servers]


def test_served_worker_runs_coroutines_in_the_loop_that_serves_it(hub, key, function, make, client):
    """`await worker.serve()`: handlers share the loop, and an AsyncClient, of the program around them."""
    seen = {}

    async def program():
        async with AsyncClient(hub.url, key) as own:
            worker = Worker(own, wait=1)

            @worker.function(function)
            async def count(task):
                seen["same loop"] = asyncio.get_running_loop() is here
                return (await own.task(task.key))["title"]

            here = asyncio.get_running_loop()
            serving = asyncio.create_task(worker.serve())
            while (await own.task(name))["status"] != "complete":
                await asyncio.sleep(0.1)
            serving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await serving

    name = make()
    asyncio.run(program())
    assert seen == {"same loop": True}
    assert client.task(name)["result"] == "Count"


def test_direct_execution_answers_with_the_result(worker, function, client):
    @worker.function(function)
    def count(task):
        return task.data["n"] * 2

    with working(worker):
        task = client.execute(function, data={"n": 21})
        wait_until(lambda: client.task(task["key"])["status"] == "complete", seconds=60, what="the result")
    assert client.task(task["key"])["result"] == 42


def test_worker_without_a_function_or_a_key_does_not_start(monkeypatch):
    monkeypatch.delenv("TASKHUB_KEY", raising=False)
    worker = Worker()
    with pytest.raises(ValueError, match="no function"):
        worker.run(signals=False)
    worker.function("count")(lambda task: None)
    with pytest.raises(ValueError, match="TASKHUB_KEY"):
        worker.run(signals=False)
