"""The receiver of push functions in the guide for integrators runs as it is printed."""

import re
import subprocess
import sys
import time
from typing import Any

import pytest

from apps.actors.actor import Actor
from apps.automation.functions import services
from apps.automation.push import executor
from apps.tasks.models import Task
from tests.automation.conftest import MakeTask, function, kind, make_task
from tests.servers import ROOT, free_port

__all__ = ["function", "kind", "make_task"]


@pytest.mark.processes
def test_receiver_of_the_guide(make_task: MakeTask, application_actor: Actor, settings: Any) -> None:
    settings.EGRESS_ALLOW = ["127.0.0.1/32"]
    text = (ROOT / "docs/integrators.md").read_text()
    (program,) = re.findall(r"```python\n(.*?)```", text.partition("## Push functions")[2], re.S)[:1]
    port = free_port()
    policy = {"enabled": True, "delays": [0]}
    body = {"mode": "push", "url": f"http://127.0.0.1:{port}/tasks", "retry_policy": {**policy, "max_retries": 300}}
    secret = str(services.put_function(application_actor, "copy", body)[0].new_secret)
    make_task(fields={"rows": 5})
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, env={"COPY_SECRET": secret, "PORT": str(port)}) as receiver:
        try:
            ends_at = time.monotonic() + 30
            while Task.objects.filter(status="complete").count() == 0 and time.monotonic() < ends_at:
                executor.call_next() or time.sleep(0.1)
        finally:
            receiver.kill()
    assert Task.objects.get(status="complete").result == {"copied": 5}
