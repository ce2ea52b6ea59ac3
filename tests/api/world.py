"""A small world over REST: the example of the contract, and callers with short verbs."""

from typing import Any

import orjson
from django.test import Client

from apps.actors.models import User

from .described import require_described

Json = dict[str, Any]

MIGRATION: Json = {
    "title": "Database migration",
    "schema": {
        "type": "object",
        "required": ["source", "target"],
        "additionalProperties": False,
        "properties": {
            "source": {"type": "string", "title": "Source database"},
            "target": {"type": "string", "title": "Target database"},
            "cutover_at": {"type": "string", "format": "date-time", "title": "Start of the migration"},
            "tables": {"type": "array", "items": {"type": "string"}},
            "dry": {"type": "boolean"},
            "lag_rows": {"type": "integer", "x-taskhub": {"read": ["application", "manager"]}},
        },
    },
    "create": {"by": "requester", "fields": ["source", "target"]},
    "default_privacy": "inherit",
}
TASK: Json = {
    "container": "migrations",
    "type": "migration",
    "title": "Move orders",
    "fields": {"source": "a", "target": "b", "lag_rows": 5},
}


class Caller:
    """One who calls: with a key, or signed in."""

    def __init__(self, *, key: str | None = None, user: User | None = None) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}
        if user:
            self.client.force_login(user)

    def __call__(self, method: str, path: str, body: Any = None, /, **headers: str) -> Any:
        """`caller("POST", "/tasks", {...}, Idempotency_Key="x")`: headers with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        given = {} if body is None else {"data": _encoded(body), "content_type": "application/json"}
        answer = self.client.generic(method, "/api/v1" + path, headers={**self.headers, **named}, **given)
        require_described(method, path, answer)
        return answer

    def get(self, path: str, **headers: str) -> Any:
        return self("GET", path, **headers)

    def post(self, path: str, body: Any = None, /, **headers: str) -> Any:
        return self("POST", path, {} if body is None else body, **headers)

    def put(self, path: str, body: Any = None, /, **headers: str) -> Any:
        return self("PUT", path, {} if body is None else body, **headers)

    def patch(self, path: str, body: Any, /, **headers: str) -> Any:
        return self("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self("DELETE", path, **headers)

    def made(self, path: str, body: Any, /, **headers: str) -> Json:
        """The object that a POST or PUT made; anything else is a failure of the test's own ground."""
        answer = self.post(path, body, **headers)
        assert answer.status_code in (200, 201), answer.content
        made: Json = answer.json()
        return made


def _encoded(body: Any) -> bytes | str:
    return body if isinstance(body, bytes | str) else orjson.dumps(body)
