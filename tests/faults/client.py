"""A client outside of TaskHub: REST over plain sockets, and a journal of what it asked and what it heard.

Imports nothing of TaskHub, so that a process of it starts in no time. Each line of the journal is one document:
`is` says whether a call was begun (`invoke`), answered (`ok`, `refused`) or left without an answer (`unknown`).
"""

import http.client
import json
import os
import select
import socket
import time
from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]
PATIENCE = 120.0
PAUSE = 0.2
PAST = {"fail": "failed", "heartbeat": "kept"}
LATER = (502, 503, 504)


class Journal:
    """Appends lines to the one history that all processes share; a line is written in one piece."""

    def __init__(self, path: str, who: str) -> None:
        self.who = who
        self.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.calls = 0

    def write(self, **what: Any) -> None:
        os.write(self.file, json.dumps({"t": time.time(), "who": self.who, **what}).encode() + b"\n")

    def call(self) -> int:
        """The number of the next call."""
        self.calls += 1
        return self.calls


class Unanswered(Exception):
    """No answer came in all the time that the client was ready to wait."""


class Client:
    """One keep-alive connection with one key, to whichever of the addresses answers."""

    def __init__(self, ports: Sequence[int], key: str, journal: Journal, *, patience: float = PATIENCE) -> None:
        self.ports, self.journal, self.patience = list(ports), journal, patience
        self.headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self.connection: http.client.HTTPConnection | None = None
        self.last: Mapping[str, str] = {}
        """The headers of the last answer."""

    def call(self, method: str, path: str, body: Any = None, *, told: Json | None = None, **headers: str) -> Json:
        """The answer's document, and its status as `http`; asks until there is one. `told` goes into the journal.

        Only what may be asked twice is asked through this. Raises Unanswered.
        """
        told = {"do": path.rpartition("/")[2], "call": self.journal.call(), **(told or {})}
        end = time.monotonic() + self.patience
        while time.monotonic() < end:
            self.journal.write(**told, **{"is": "invoke"})
            try:
                status, answer = self.send(method, path, body, **headers)
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.journal.write(**told, **{"is": "unknown", "why": type(error).__name__})
                self.close()
            else:
                if status not in LATER:
                    self.journal.write(**told, **{"is": "ok" if status < 300 else "refused", "status": status})
                    return {**answer, "http": status}
                self.journal.write(**told, **{"is": "unknown", "why": status, "code": answer.get("code")})
            time.sleep(PAUSE)
        raise Unanswered(path)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Json]:
        """Ask once. Raises OSError, HTTPException, ValueError for an answer that is no document.

        A kept connection may be ended just as something is asked on it. A reset then tells that the server never
        read the question, so it is asked on a new one, as any client does; one that was read and dropped raises.
        """
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = None if body is None else json.dumps(body).encode()
        kept = self.connection is not None and self.connection.sock is not None and not self._was_closed()
        if not kept:
            self.connection = self._connect()
        try:
            answer = self._exchange(method, path, sent, named)
        except http.client.RemoteDisconnected:
            raise
        except (BrokenPipeError, ConnectionResetError):
            if not kept:
                raise
            self.close()
            self.connection = self._connect()
            answer = self._exchange(method, path, sent, named)
        content, self.last = answer.read(), answer.headers
        return answer.status, json.loads(content) if content else {}

    def _exchange(
        self, method: str, path: str, sent: bytes | None, headers: dict[str, str]
    ) -> http.client.HTTPResponse:
        assert self.connection
        self.connection.request(method, "/api/v1" + path, sent, {**self.headers, **headers})
        return self.connection.getresponse()

    def _was_closed(self) -> bool:
        """Whether the other side has ended the connection while nothing was asked."""
        assert self.connection
        return bool(select.select([self.connection.sock], [], [], 0)[0])

    def _connect(self) -> http.client.HTTPConnection:
        """To the next address that takes it, as a balancer would. Raises OSError if none does."""
        for last in [False] * (len(self.ports) - 1) + [True]:
            self.ports.append(self.ports.pop(0))
            connection = http.client.HTTPConnection("127.0.0.1", self.ports[-1], timeout=40)
            try:
                connection.connect()
            except ConnectionRefusedError:
                if last:
                    raise
            else:
                break
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def close(self) -> None:
        if self.connection:
            self.connection.close()
        self.connection = None

    # --- What workers say ---------------------------------------------------------------------------

    def claim(self, functions: Sequence[str], most: int, claim_id: str, **more: Any) -> list[Json]:
        """The tasks with their leases; a lost answer is asked for again under the same id."""
        body = {"claim_id": claim_id, "worker": self.journal.who, "functions": functions, "max": most, **more}
        answer = self.call("POST", "/queue/claim", body, told={"claim": claim_id})
        tasks: list[Json] = answer.get("tasks", [])
        for task in tasks:
            self.journal.write(do="leased", **{"is": "ok"}, root=root_of(task), task=task["id"], **task["lease"])
        return tasks

    def say(self, what: str, under: str, item: Json) -> Json:
        """One item of a batch call; its result."""
        about = {"task": item["task"], "token": item["token"], "said": item.get("result", item.get("error"))}
        answer = self.call("POST", f"/queue/{what}", {under: [item]}, told=about)
        result: Json = answer["results"][0] if answer["http"] == 200 else answer
        told = {"task": item["task"], "token": item["token"], "said": about["said"], "status": result["status"]}
        self.journal.write(
            do=PAST.get(what, f"{what}d"),
            **{"is": "ok" if result["status"] == 200 else "refused"},
            **told,
            **{name: result[name] for name in ("code", "decision", "expires_at") if result.get(name)},
        )
        return result


def lease_of(task: Json) -> Json:
    """What an outcome names."""
    return {"task": task["id"], "token": task["lease"]["token"]}


def root_of(task: Json) -> str:
    """The task that was made, of which this one is an attempt."""
    return str((task["retry_for_task_ids"] or [task["id"]])[0])
