"""Whatever the OpenAPI document allows, and much that it does not: nothing is the server's fault, all is as described.

`FUZZ_EXAMPLES` says how many inputs each operation gets (default 40), each of them sent by every role.
"""

import os
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from apps.actors.models import User
from apps.actors.sessions import SessionStore
from tests.factories import make_user

from .world import TASK, Caller, Json

pytestmark = [pytest.mark.long, pytest.mark.django_db]
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES") or 40)
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
CSRF = secrets.token_hex(16)
known: dict[str, list[str]] = {}
Roles = dict[str, dict[str, dict[str, str]]]
"""Headers and cookies of each who calls."""


def signed_in(user: User) -> dict[str, dict[str, str]]:
    """The headers and cookies of a person in a browser, CSRF token included."""
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = "apps.actors.sign_in.backend.PasswordBackend"
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.create()
    return {
        "headers": {"X-CSRFToken": CSRF},
        "cookies": {"sessionid": str(session.session_key), "csrftoken": CSRF},
    }


@pytest.fixture
def roles(app: Caller, other_app: Caller, owner: User, member: User, stranger: User) -> Roles:
    people = {"manager": owner, "target": member, "stranger": stranger, "administrator": make_user("root", staff=True)}
    keys: Roles = {
        "application": {"headers": app.headers},
        "other application": {"headers": other_app.headers},
        "nobody": {},
    }
    return keys | {name: signed_in(user) for name, user in people.items()}


@pytest.fixture
def things(app: Caller, task: Json) -> None:
    """Names that exist, so that not everything is 404."""
    app.put("/functions/migration.copy", {})
    asked = app.made("/tasks", {**TASK, "hand_over": {"to": "team:dba", "fields": ["cutover_at"]}})
    waiting = app.made("/tasks", {"container": "migrations", "type": "migration", "fields": TASK["fields"],
                                  "function": "migration.copy"})  # fmt: skip
    app.post(f"/tasks/{task['id']}/notes", {"text": "A word"})
    known["id"] = [task["id"], task["key"], asked["id"], asked["handover"], waiting["id"]]
    known["slug"] = ["migrations"]
    known["name"] = ["migration", "migration.copy", "user:member", "team:dba", "application:billing"]


@pytest.fixture
def one_connection(roles: Any, things: None) -> Iterator[None]:
    """All calls of a test share its transaction, as with Django's own test client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def map_path_parameters(context: Any, path_parameters: Json | None) -> Json | None:
    """Two of three names are of things that exist."""
    for name, value in (path_parameters or {}).items():
        number = sum(str(value).encode())
        if name in known and number % 3:
            path_parameters[name] = known[name][number % len(known[name])]  # type: ignore[index]
    return path_parameters


@pytest.fixture(scope="session")
def document() -> Any:
    """Read when the test runs: collecting tests costs nothing of it."""
    read = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    read.hook(map_path_parameters)
    return read


def test_everybody_but_nobody_is_known(document: Any, roles: Roles, one_connection: None) -> None:
    me = document["/api/v1/me"]["GET"]
    answers = {name: me.Case().call(**caller).status_code for name, caller in roles.items()}
    assert answers == {**dict.fromkeys(roles, 200), "nobody": 401}


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
def test_no_input_is_the_servers_fault(document: Any, roles: Roles, one_connection: None, mode: GenerationMode) -> None:
    wrong = []
    for found in document.get_all_operations():
        operation = found.ok()
        try:
            _send_to(operation, roles, mode)
        except Exception as error:  # one operation must not keep the others from being tried
            wrong.append(f"{operation.label}: {error}")
    assert not wrong, "\n\n".join(wrong)


def _send_to(operation: Any, roles: Roles, mode: GenerationMode) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None,
              derandomize=True)  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        for caller in roles.values():
            case.call_and_validate(**caller, checks=CHECKS)

    send()
