"""Both clients against a real TaskHub: what they send, page through, and refuse."""

import asyncio
import json
import uuid

import httpx2
import pytest
from taskhub_client import (
    AsyncClient,
    Client,
    Conflict,
    Invalid,
    NotFound,
    Refused,
    Retry,
    Unauthenticated,
    Unreachable,
    queue_calls,
)

pytestmark = [pytest.mark.processes, pytest.mark.own_servers]


def test_errors_are_typed_and_say_where(client):
    with pytest.raises(Invalid) as refused:
        client.put("/containers/counting", {"title": "Counting", "colour": "red", "size": 1})
    assert refused.value.code == "unknown_field"
    assert {problem.pointer for problem in refused.value.errors} == {"/size", "/colour"}
    assert "/colour" in str(refused.value)
    with pytest.raises(NotFound):
        client.task("ABC-00000")


def test_errors_carry_the_id_of_their_request(client, function, make):
    """With it the operator finds the call in the logs; items of batches have the id of their batch."""
    make()
    task = client.claim([function])["tasks"][0]
    for refused in (
        lambda: client.task("ABC-00000"),
        lambda: client.run(queue_calls.single(queue_calls.complete([{"task": task["id"], "token": "wrong"}]))),
    ):
        with pytest.raises(Refused) as error:
            refused()
        assert uuid.UUID(error.value.request_id)
        assert error.value.request_id in str(error.value)


def test_wrong_key_is_said(hub):
    with Client(hub.url, "th_wrong") as stranger, pytest.raises(Unauthenticated):
        stranger.me()


def test_lists_go_on_over_all_pages(client, hub, key, function, make):
    made = [make(title=f"Task {n}") for n in range(5)]

    async def everything():
        async with AsyncClient(hub.url, key) as other:
            return [task["key"] async for task in other.tasks(container=function, limit=2)]

    assert sorted(task["key"] for task in client.tasks(container=function, limit=2)) == sorted(made)
    assert sorted(asyncio.run(everything())) == sorted(made)


def test_changed_meanwhile_is_noticed(client, make):
    key = make()
    old = client.task(key)["version"]
    client.update_task(key, title="Other", if_match=old)
    with pytest.raises(Exception, match="412"):
        client.update_task(key, title="Third", if_match=old)
    client.cancel_task(key)
    with pytest.raises(Conflict):
        client.start_task(key)


class Losing(httpx2.BaseTransport):
    """Passes calls on and loses the first answers, as a cut network does."""

    def __init__(self, losses: int) -> None:
        self.losses, self.sent = losses, []
        self.real = httpx2.HTTPTransport()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.sent.append(request.headers.get("Idempotency-Key"))
        answer = self.real.handle_request(request)
        if self.losses:
            self.losses -= 1
            answer.read()
            answer.close()
            raise httpx2.ReadError("cut")
        return answer


def test_task_whose_answer_was_lost_is_made_once(hub, key, function):
    losing = Losing(2)
    with Client(hub.url, key, transport=losing, retry=Retry(first=0.01)) as client:
        client.create_task({"container": function, "type": "count", "title": "Once"})
        assert len(set(losing.sent)) == 1
        assert len(losing.sent) == 3
        assert len(list(client.tasks(container=function))) == 1


def test_claim_whose_answer_was_lost_gives_the_same_lease(hub, key, function, make):
    make()
    with Client(hub.url, key, transport=Losing(1), retry=Retry(first=0.01)) as client:
        claim = client.claim([function], worker="w")
        assert claim["tasks"][0]["lease"]["delivery"] == 1
        assert claim["tasks"][0]["lease"]["seconds"] in (9, 10, 11)


def test_nobody_there_is_said_in_the_end():
    with Client("http://127.0.0.1:9", "th_x", retry=Retry(give_up_after=0.1)) as client, pytest.raises(Unreachable):
        client.me()


def test_address_must_be_one():
    with pytest.raises(ValueError, match="http"):
        Client("hub.example.org", "th_x")


def test_key_is_not_shown(hub, key):
    assert key not in repr(Client(hub.url, key).connection)
    assert key not in json.dumps(vars(Client(hub.url, key)), default=str)
