"""TaskHub as this program sees it: the few REST calls it needs, each safe to repeat.

A call whose answer is lost (TaskHub is restarted, the network is cut) is sent again until it is answered.
That is harmless because each names something that makes it repeatable: `claim_id`, `external_id`, the
handover's `key`, a lease token, or an `Idempotency-Key`.
"""

from __future__ import annotations

import hashlib
import os
import threading
import uuid
from typing import Any

import httpx2

Json = dict[str, Any]
PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)


class Refused(Exception):
    """TaskHub answered with an error (RFC 9457); `code` is its code."""

    def __init__(self, problem: Json) -> None:
        super().__init__(
            f"{problem.get('status')} {problem.get('code')}: {problem.get('detail')} "
            f"{problem.get('errors') or ''}".strip()
        )
        self.status = int(problem.get("status", 0))
        self.code = str(problem.get("code"))


class LeaseLost(Exception):
    """The task is no longer ours: somebody took it over, canceled it, or the lease ended."""


class Stopping(Exception):
    """This program was told to stop while it waited for TaskHub."""


class TaskHub:
    """One connection with one API key. Safe to use in several threads."""

    def __init__(self, base_url: str, key: str, *, stop: threading.Event | None = None) -> None:
        self.stop = stop or threading.Event()
        self._client = httpx2.Client(
            base_url=f"{base_url.rstrip('/')}/api/v1",
            timeout=40,
            trust_env=False,
            headers={"Authorization": f"Bearer {key}", "User-Agent": "db-migration-example/1"},
        )

    # --- what an application is -----------------------------------------------------------------

    def me(self) -> Json:
        """Who this key belongs to."""
        return self._call("GET", "/me")

    def put(self, path: str, body: Json) -> bool:
        """Creates or replaces a thing by its name; True if that changed anything."""
        return bool(self._call("PUT", path, body)["changed"])

    # --- tasks ----------------------------------------------------------------------------------

    def create_task(self, body: Json) -> Json:
        """Makes a task; with the same `external_id` it answers the one that is there."""
        return self._call("POST", "/tasks", body, headers={"Idempotency-Key": str(uuid.uuid4())})

    def task(self, key: str) -> Json:
        """One task by id or key; the key of a retried task leads to its newest attempt."""
        return self._call("GET", f"/tasks/{key}")

    def tasks(self, **filters: str) -> list[Json]:
        """The tasks that match, newest first page only."""
        results: list[Json] = self._call("GET", "/tasks", params=filters)["results"]
        return results

    def update(self, key: str, **changes: Any) -> Json:
        """Changes properties of a task."""
        return self._call("PATCH", f"/tasks/{key}", changes)

    def cancel(self, key: str, note: str) -> Json:
        """Cancels a task; an executing one is asked to."""
        return self._call("POST", f"/tasks/{key}/cancel", {"note": note})

    def hand_over(self, task: str, body: Json) -> Json:
        """Hands a task to a person or team."""
        return self._call("POST", f"/tasks/{task}/hand-over", body)

    def last_handover_state(self, task: str) -> str | None:
        """How the newest request on a task ended: submitted, declined, withdrawn, expired; None without one."""
        found = self._call("GET", "/handovers", params={"task": task, "limit": "1"})["results"]
        return str(found[0]["state"]) if found else None

    def note(self, task: str, kind: str, text: str, token: str) -> Json:
        """Writes a `comment` or a `work_note`; the same text on the same task is written once."""
        body = {"text": text, "kind": kind, "lease_token": token}
        once = hashlib.sha256(f"{task} {kind} {text}".encode()).hexdigest()
        return self._call("POST", f"/tasks/{task}/notes", body, headers={"Idempotency-Key": once})

    # --- the worker protocol --------------------------------------------------------------------

    def claim(self, functions: list[str], *, worker: str, lease_seconds: int, wait: int) -> Json | None:
        """The next task with its lease, checkpoint and answers; None if there is none in time."""
        body = {
            "claim_id": str(uuid.uuid4()),
            "worker": worker,
            "functions": functions,
            "max": 1,
            "lease_seconds": lease_seconds,
            "wait": wait,
        }
        answer = self._call("POST", "/queue/claim", body)
        if not answer["tasks"]:
            self.stop.wait(answer.get("retry_after") or 0)
            return None
        task: Json = answer["tasks"][0]
        return task

    def heartbeat(self, lease: Json) -> Json:
        """Keeps the lease and stores progress and checkpoint; the answer has the directive."""
        return self._item("heartbeat", "leases", lease)

    def complete(self, result: Json) -> Json:
        """Ends a task with its result."""
        return self._item("complete", "results", result)

    def fail(self, failure: Json) -> Json:
        """Reports an error; the answer's `decision` says what TaskHub does about it."""
        return self._item("fail", "failures", failure)

    def release(self, lease: Json) -> Json:
        """Gives a task back, to be claimed again from `start_at` on."""
        return self._item("release", "leases", lease)

    def confirm_cancel(self, lease: Json) -> Json:
        """Confirms a requested cancel."""
        return self._item("confirm-cancel", "leases", lease)

    # --- the wire -------------------------------------------------------------------------------

    def _item(self, action: str, name: str, item: Json) -> Json:
        """A batch call with one item. Raises `LeaseLost` or `Refused` for that item."""
        result: Json = self._call("POST", f"/queue/{action}", {name: [item]})["results"][0]
        if result["ok"]:
            return result
        if result["code"] in ("lease_superseded", "already_ended", "not_found"):
            raise LeaseLost(f"{action}: {result['detail']}")
        raise Refused(result)

    def _call(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Json:
        """Sends a call until TaskHub answers it. Raises `Refused`, `LeaseLost` or `Stopping`."""
        attempt = 0
        while True:
            answer = self._try(method, path, body, params, headers)
            if answer is not None and answer.status_code not in (429, 502, 503, 504):
                return self._read(answer)
            if self.stop.wait(PAUSES[min(attempt, len(PAUSES) - 1)]):
                raise Stopping(f"{method} {path} was not answered")
            attempt += 1

    def _try(
        self,
        method: str,
        path: str,
        body: Json | None,
        params: dict[str, str] | None,
        headers: dict[str, str] | None,
    ) -> httpx2.Response | None:
        try:
            return self._client.request(method, path, json=body, params=params, headers=headers)
        except httpx2.TransportError:
            return None

    @staticmethod
    def _read(answer: httpx2.Response) -> Json:
        if answer.is_success:
            document: Json = answer.json()
            return document
        try:
            problem = answer.json()
        except ValueError:
            problem = {"status": answer.status_code, "code": "unreadable", "detail": answer.text[:200]}
        if problem.get("code") == "lease_superseded":
            raise LeaseLost(str(problem.get("detail")))
        raise Refused(problem)


def from_environment(url: str | None, key_file: str | None, stop: threading.Event | None = None) -> TaskHub:
    """The TaskHub at `TASKHUB_URL` with the key in `TASKHUB_KEY` or in the file given."""
    base_url = url or os.environ.get("TASKHUB_URL", "http://127.0.0.1:8000")
    key = os.environ.get("TASKHUB_KEY")
    if key_file:
        with open(key_file, encoding="ascii") as file:
            key = file.read().strip()
    if not key:
        raise SystemExit("Give the API key in TASKHUB_KEY, or in a file with --key-file.")
    return TaskHub(base_url, key, stop=stop)
