"""The Python samples of the READMEs and the guide run as they are printed: with a yes, with a no, and unasked."""

import re
from pathlib import Path
from typing import Any

import pytest
from taskhub_client.testing import MemoryHub

from tests.servers import ROOT

SCHEMA = {"type": "object", "properties": {"amount": {"type": "number"}, "reason": {"type": "string"}}}
REFUND = {"title": "Refund", "schema": SCHEMA, "function": "refund.pay"}
WORKERS = ["README.md", "clients/python/README.md", "docs/integrators.md"]


def samples(path: str) -> list[str]:
    """All Python samples of a page, in order."""
    return re.findall(r"```python\n(.*?)```", (ROOT / path).read_text(), re.DOTALL)


def worker_of(path: str) -> dict[str, Any]:
    """The names that a page's sample of a worker defines, and the payments that it makes."""
    (program,) = [sample for sample in samples(path) if '@worker.function("refund.pay")' in sample]
    names: dict[str, Any] = {}
    exec(compile(program, path, "exec"), names)
    names["payments"] = {}
    names["pay_once"] = names["payments"].setdefault
    return names


def refund(hub: MemoryHub, amount: int) -> Any:
    hub.declare("refunds", "refund", REFUND, function={"retry_policy": {"enabled": True, "delays": [0]}})
    body = {"container": "refunds", "type": "refund", "title": "Order 88213", "fields": {"amount": amount}}
    return hub.client.create_task(body)


@pytest.mark.parametrize("path", WORKERS)
@pytest.mark.parametrize(("amount", "action", "paid"), [(142, "approve", True), (142, "refuse", False), (20, "", True)])
def test_sample_pays_once_after_a_yes_alone(path: str, amount: int, action: str, paid: bool) -> None:
    names, hub = worker_of(path), MemoryHub()
    task = refund(hub, amount)
    with hub.working(names["worker"]):
        if action:
            hub.answer(task["key"], action)
        assert hub.ended(task["key"])["result"] == {"paid": paid}
    assert names["payments"] == ({task["origin_id"]: amount} if paid else {})


@pytest.mark.parametrize("path", WORKERS)
def test_sample_pays_once_though_the_first_attempt_is_lost_after_it(path: str) -> None:
    """The retry is another task with another id; the payment has the same key."""
    names, hub, keys = worker_of(path), MemoryHub(), []

    def paying(key: str, amount: int) -> None:
        keys.append(key)
        if len(keys) == 1:
            raise ConnectionError("Paid, but the answer was lost.")

    names["pay_once"] = paying
    task = refund(hub, 20)
    with hub.working(names["worker"]):
        hub.ended(task["key"], "complete")
    assert keys == [task["origin_id"]] * 2


@pytest.mark.parametrize("path", WORKERS)
def test_sample_takes_no_return_after_a_fail_over_for_a_yes(path: str) -> None:
    names, hub, failures = worker_of(path), MemoryHub(), []
    handler = names["worker"].functions["refund.pay"]

    @names["worker"].function("refund.pay")
    def failing_first(task: Any) -> Any:
        if not failures:
            failures.append(task.key)
            raise OSError("The disk is full.")
        return handler(task)

    hub.declare("refunds", "refund", REFUND, function={"failover": {"to": "user:ana", "actions": ["return"]}})
    body = {"container": "refunds", "type": "refund", "title": "Order 88213", "fields": {"amount": 142}}
    key = hub.client.create_task(body)["key"]
    with hub.working(names["worker"]):
        hub.answer(key, "return")
        hub.answer(key, "refuse")
        assert hub.ended(key)["result"] == {"paid": False}
    assert names["payments"] == {}


def test_sample_of_a_test_passes() -> None:
    names = worker_of("clients/python/README.md")
    (sample,) = [text for text in samples("clients/python/README.md") if "MemoryHub" in text]
    exec(sample, names)
    names["test_refused_refund_is_not_paid"]()


def test_sample_of_the_client_runs() -> None:
    import asyncio

    (sample,) = [text for text in samples("clients/python/README.md") if "AsyncClient" in text and "url, key" in text]
    names: dict[str, Any] = {"url": "http://memory.test", "key": "th_memory"}
    assert_runs(sample, names)
    assert asyncio.run(names["title_of"](names["task"]["key"])) == "Order 88213"


def assert_runs(sample: str, names: dict[str, Any]) -> None:
    """Runs a sample whose clients speak to one TaskHub in memory."""
    import taskhub_client

    hub = MemoryHub()
    hub.declare("refunds", "refund", REFUND)
    imports = re.match(r"from taskhub_client import .*\n", sample)
    assert imports
    exec(imports[0], names)
    names |= {
        "Client": lambda url, key: taskhub_client.Client(url, key, transport=hub.transport),
        "AsyncClient": lambda url, key: taskhub_client.AsyncClient(url, key, transport=hub.transport),
    }
    exec(sample.replace(imports[0], ""), names)


def test_every_python_sample_is_one_of_these() -> None:
    """A new sample needs a test: the receiver of push functions has its own."""
    known = ('@worker.function("refund.pay")', "MemoryHub", "AsyncClient", "standardwebhooks")
    pages = [ROOT / "README.md", ROOT / "clients/python/README.md", *sorted(Path(ROOT / "docs").glob("*.md"))]
    strangers = [
        (page.name, sample[:60])
        for page in pages
        for sample in samples(str(page.relative_to(ROOT)))
        if not any(words in sample for words in known)
    ]
    assert strangers == []
