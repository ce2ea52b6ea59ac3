"""The OpenAPI document and the services agree about every body, at every depth: what the one refuses the other does."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from apps.api.document import document
from apps.core import shutdown

from .contract import Probe, Schemas
from .world import TASK, Caller, Json

SHAPE_CODES = {
    "blank", "null", "max_length", "min_length", "min_value", "max_value", "invalid_choice",
    "required", "not_a_list", "not_a_dict",
}  # fmt: skip
"""The codes of shapes: at a limit none of them is answered for the place of that limit."""
JSON = "application/json"
PEOPLE = re.compile("/handovers|/inbox|/notifications|/take-over")


class _Undone(Exception):
    """Ends a call of which nothing stays."""


def operations() -> list[tuple[str, str, Json]]:
    """Method, path and schema of every operation that takes JSON."""
    described = [
        (method.upper(), path.removeprefix("/api/v1"), operation.get("requestBody", {}).get("content", {}))
        for path, item in document()["paths"].items()
        for method, operation in item.items()
    ]
    return [(method, path, content[JSON]["schema"]) for method, path, content in described if JSON in content]


def roots() -> set[str]:
    """The components that are walked as bodies of their own; actions are walked in a rule."""
    return {schema["$ref"].rpartition("/")[2] for _method, _path, schema in operations()} | {"ActionBody"}


@pytest.fixture
def names(app: Caller) -> dict[str, str]:
    """Things that exist, for the parameters of the paths."""
    app.put("/functions/migration.copy", {"mode": "push", "url": "https://example.com/"})
    app.put("/containers/migrations/rules/calm", {"on": "task.failed", "actions": [{"do": "unset", "fields": ["dry"]}]})
    asked = app.made("/tasks", {**TASK, "hand_over": {"to": "user:member", "fields": ["cutover_at"]}})
    task = app.made("/tasks", TASK)
    return {
        "slug": "migrations", "type": "migration", "function": "migration.copy", "rule": "calm",
        "member": "user:member", "task": task["id"], "handover": asked["handover"], "application": "migrator",
    }  # fmt: skip


@pytest.fixture
def no_waiting() -> Iterator[None]:
    """Calls that wait answer at once, as in a process that is about to stop."""
    shutdown.stopping.set()
    yield
    shutdown.stopping.clear()


def filled(path: str, names: dict[str, str]) -> str:
    """A path with names of things that exist."""
    for key, place in (("types", "type"), ("rules", "rule"), ("functions", "function"), ("members", "member"),
                       ("grants", "member"), ("tasks", "task"), ("handovers", "handover"),
                       ("applications", "application")):  # fmt: skip
        path = re.sub(rf"/{key}/{{(name|id)}}", f"/{key}/{names[place]}", path)
    return path.replace("{slug}", names["slug"]).replace("{name}", "none")


def complaint(probe: Probe, status: int, answer: Json) -> str | None:
    """What is wrong with an answer to a probe."""
    problems = [*answer.get("errors", ()), *(p for r in answer.get("results", ()) for p in r.get("errors") or ())]
    there = [problem for problem in problems if problem["pointer"] == probe.pointer]
    if status >= 500:
        return f"answers {status}"
    if probe.is_refused and not there:
        return f"is refused by the document alone: {status} {problems[:3]}"
    if not probe.is_refused and {problem["code"] for problem in there} & SHAPE_CODES:
        return f"is refused by the service alone: {there}"
    return None


def undone(call: Callable[[], Any]) -> Any:
    """What a call answers; nothing of it stays."""
    answer = None
    try:
        with transaction.atomic():
            answer = call()
            raise _Undone
    except _Undone:
        return answer


@pytest.mark.parametrize(("method", "path", "schema"), operations(), ids=lambda value: str(value)[:60])
@pytest.mark.usefixtures("no_waiting")
def test_document_and_services_agree(
    app: Caller, contributor: Caller, names: dict[str, str], method: str, path: str, schema: Json
) -> None:
    caller, url = contributor if PEOPLE.search(path) else app, filled(path, names)
    wrong = []
    schemas = Schemas(
        document()["components"]["schemas"], elsewhere=roots() - ({"ActionBody"} if "/rules" in path else set())
    )
    for probe in schemas.probes(schema, lambda value: value):
        answer = undone(partial(caller, method, url, b"null" if probe.body is None else probe.body))
        found = complaint(probe, answer.status_code, answer.json() if answer.content else {})
        if found:
            wrong.append(f"{probe.pointer or 'the body'}: {probe.what}: {found}")
    assert wrong == [], "\n".join(wrong)
