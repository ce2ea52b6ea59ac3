"""Somebody who uses a served TaskHub through REST with the session of a browser."""

import secrets
from typing import Any

import httpx2

from .servers import Server, wait_until

SIGN_IN = """
from django.conf import settings
from django.contrib import auth
from django.utils.module_loading import import_string
from apps.actors.models import User
SessionStore = import_string(settings.SESSION_ENGINE + ".SessionStore")
user, session = User.objects.get(username={name!r}), SessionStore()
session.update({{
    auth.SESSION_KEY: str(user.pk),
    auth.BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[-1],
    auth.HASH_SESSION_KEY: user.get_session_auth_hash(),
}})
session.save()
print(session.session_key)
"""


def sign_in(hub: Server, name: str) -> str:
    """The key of a new session."""
    return hub.manage("shell", "--verbosity", "0", "-c", SIGN_IN.format(name=name)).splitlines()[-1]


class Person:
    """Somebody who is signed in: a session made beside the login page, which has tests of its own."""

    def __init__(self, hub: Server, name: str, *, session: str = "") -> None:
        self.name = name
        self.session = session or sign_in(hub, name)
        self._token = secrets.token_hex(16)
        self.cookies = {"sessionid": self.session, "csrftoken": self._token}
        self._client = httpx2.Client(base_url=hub.url, trust_env=False, timeout=30, cookies=self.cookies)

    @property
    def headers(self) -> dict[str, str]:
        """What a browser sends with each write."""
        return {"X-CSRFToken": self._token}

    def call(self, method: str, path: str, body: Any = None, *, expect: int | None = None, **params: str) -> Any:
        """A REST call with the session."""
        answer = self._client.request(method, f"/api/v1{path}", json=body, params=params, headers=self.headers)
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
        return wait_until(lambda: self.find(words, by=by), f"{self.name} to be asked {words!r}", seconds=seconds)

    def answer(self, handover: Any, action: str, **fields: Any) -> Any:
        """Submits."""
        return self.call("POST", f"/handovers/{handover['id']}/submit", {"action": action, "fields": fields})
