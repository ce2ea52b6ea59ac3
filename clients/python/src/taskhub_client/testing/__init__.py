"""A TaskHub in memory, for the tests of a worker: no server, no network, the real client and the real worker.

    from taskhub_client.testing import MemoryHub
    from refunds import worker

    def test_refund_that_a_person_refuses():
        hub = MemoryHub()
        hub.declare("refunds", "refund", {"title": "Refund", "schema": SCHEMA, "function": "refund.pay"})
        with hub.working(worker):
            key = hub.client.create_task({"container": "refunds", "type": "refund", "title": "A refund"})["key"]
            hub.answer(key, "refuse", by="user:ana")
            assert hub.ended(key)["result"] == {"paid": False}

It has tasks, the worker protocol, retries, fail-over, handovers, notes and direct execution, and checks fields by
the types, bounds, `enum` and `required` of their schema. It has one application and any number of people; nothing is
hidden, no stage, transition or rule exists, and nobody is notified. A call that it does not know raises
NotImplementedError in the test. `expire`, `take_over`, `lose_answers` play the accidents that a worker must survive.
"""

from .hub import MemoryHub
from .transport import Person

__all__ = ["MemoryHub", "Person"]
