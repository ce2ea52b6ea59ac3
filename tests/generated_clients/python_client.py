"""The same job through a client of openapi-python-client. It runs in the environment of that client."""

import json
import os
import sys

from task_hub_client import AuthenticatedClient, Client
from task_hub_client.api.handovers import submit_handover
from task_hub_client.api.inbox import list_inbox, take_next_handover
from task_hub_client.api.queue import claim_tasks, complete_leases
from task_hub_client.api.tasks import create_task, get_task, hand_over_task
from task_hub_client.models import (
    Answer,
    AskedField,
    Claim,
    ClaimBody,
    ClaimedTask,
    CompletionResults,
    CompletionsBody,
    CompletionsEntry,
    Handover,
    HandOverBody,
    HandoverPage,
    OfferedAction,
    OfferedActionEffectType1,
    Problem,
    SubmitBody,
    TakeNextBody,
    Task,
    TaskBody,
)

HUB = os.environ["HUB"]
application = AuthenticatedClient(base_url=HUB, token=os.environ["KEY"])
person = Client(base_url=HUB, headers={"Cookie": os.environ["COOKIE"], "X-CSRFToken": os.environ["CSRF"]})


def claim() -> ClaimedTask:
    claimed = claim_tasks.sync(client=application, body=ClaimBody(functions=["refund.pay"], wait=10))
    assert isinstance(claimed, Claim), claimed
    return claimed.tasks[0]


body = TaskBody.from_dict({"container": "refunds", "type": "refund", "title": "Order 88213", "fields": {"amount": 142}})
made = create_task.sync(client=application, body=body)
assert isinstance(made, Task), made
first = claim()
assert first.id == made.id
returns = OfferedActionEffectType1.RETURN
question = HandOverBody(
    to="user:ana",
    key="approval",
    title="Approve?",
    fields=["reason", AskedField(name="amount", required=True)],
    actions=[
        OfferedAction(name="approve", effect=returns),
        OfferedAction(name="refuse", effect=returns, needs_comment=True),
    ],
    lease_token=first.lease.token,
)
asked = hand_over_task.sync(id=str(made.id), client=application, body=question)
assert isinstance(asked, Handover), asked
waiting = list_inbox.sync(client=person)
assert isinstance(waiting, HandoverPage), waiting
assert asked.id in [one.id for one in waiting.results]
values = {"action": os.environ["ACTION"], "fields": {"reason": "Seen.", "amount": 142}, "comment": "Seen."}
answered = submit_handover.sync(id=str(asked.id), client=person, body=SubmitBody.from_dict(values))
assert isinstance(answered, Handover), answered
assert answered.state == "submitted"
again = claim()
assert isinstance(again.answers, Answer)
entry = CompletionsEntry(
    task=str(again.id), token=again.lease.token, result={"paid": again.answers.action == "approve"}
)
done = complete_leases.sync(client=application, body=CompletionsBody(results=[entry]))
assert isinstance(done, CompletionResults), done
assert done.results[0].ok, done
ended = get_task.sync(id=str(made.id), client=application)
assert isinstance(ended, Task), ended
assert take_next_handover.sync_detailed(client=person, body=TakeNextBody()).status_code == 204
refused = get_task.sync(id="none", client=application)
assert isinstance(refused, Problem), refused
json.dump({"status": ended.status, "result": ended.result, "code": refused.code}, sys.stdout)
