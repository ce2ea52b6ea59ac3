"""A real TaskHub in processes of its own, and people who use it through REST with their session."""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
from taskhub_client import Client

ROOT = Path(__file__).resolve().parents[2]


def wait_until(condition: Callable[[], Any], *, seconds: float = 30, what: str = "") -> Any:
    """The first true value of the condition."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"waited {seconds} s for {what or condition}"
        time.sleep(0.1)
    return value


class LiveHub:
    """TaskHub on SQLite with its background, as `make run` starts it."""

    def __init__(self, place: Path, port: int) -> None:
        self.place, self.port = place, port
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("DJANGO", "DATABASE"))},
            "DEBUG": "false",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "TASKHUB_DATA_DIR": str(place),
            "LOG_LEVEL": "WARNING",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def manage(self, *arguments: str, stdin: str = "") -> str:
        """Runs a manage.py command; its output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            input=stdin,
            text=True,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def start(self, *options: str) -> None:
        """Starts it and waits until it answers."""
        command = [sys.executable, "manage.py", "serve", "--background", "--bind", f"127.0.0.1:{self.port}", *options]
        with open(self.place / "server.log", "ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        wait_until(self.is_ready, seconds=120, what="TaskHub")

    def is_ready(self) -> bool:
        try:
            return httpx2.get(f"{self.url}/readyz", trust_env=False).is_success
        except httpx2.TransportError:
            return False

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Ends it."""
        assert self.process
        self.process.send_signal(number)
        self.process.wait(40)

    def application(self, key: str) -> Client:
        """The REST client of an application."""
        return Client(self.url, key)


SIGN_IN = """
from django.conf import settings
from django.contrib import auth
from django.contrib.sessions.backends.db import SessionStore
from apps.actors.models import User
user, session = User.objects.get(username={name!r}), SessionStore()
session.update({{
    auth.SESSION_KEY: str(user.pk),
    auth.BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[-1],
    auth.HASH_SESSION_KEY: user.get_session_auth_hash(),
}})
session.save()
print(session.session_key)
"""


class Person:
    """Somebody who is signed in: a session made beside the login page, which has tests of its own."""

    def __init__(self, hub: LiveHub, name: str) -> None:
        self.name = name
        session = hub.manage("shell", "--verbosity", "0", "-c", SIGN_IN.format(name=name)).splitlines()[-1]
        self._token = secrets.token_hex(16)
        cookies = {"sessionid": session, "csrftoken": self._token}
        self._client = httpx2.Client(base_url=hub.url, trust_env=False, timeout=30, cookies=cookies)

    def call(self, method: str, path: str, body: Any = None, *, expect: int | None = None, **params: str) -> Any:
        """A REST call with the session."""
        headers = {"X-CSRFToken": self._token}
        answer = self._client.request(method, f"/api/v1{path}", json=body, params=params, headers=headers)
        assert answer.status_code == expect if expect else answer.is_success, answer.text
        return answer.json() if answer.content else None

    def inbox(self) -> list[Any]:
        """What waits for this person."""
        return list(self.call("GET", "/inbox")["results"])

    def find(self, words: str, *, by: str | None = None) -> Any:
        """The open request whose title or message has these words, or whose task has them as that property."""
        for one in self.inbox():
            text = self.call("GET", f"/tasks/{one['task']}")[by] if by else f"{one['title']} {one['message']}"
            if words in text:
                return one
        return None

    def asked(self, words: str, *, seconds: float = 60, by: str | None = None) -> Any:
        """The same, as soon as it is there."""
        return wait_until(lambda: self.find(words, by=by), seconds=seconds, what=f"{self.name} to be asked {words!r}")

    def answer(self, handover: Any, action: str, **fields: Any) -> Any:
        """Submits."""
        return self.call("POST", f"/handovers/{handover['id']}/submit", {"action": action, "fields": fields})
