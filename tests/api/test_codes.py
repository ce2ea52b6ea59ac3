"""The list of error codes is closed: code, page, OpenAPI document and docs/errors.md have the same one."""

import ast
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import resolve
from taskhub_client.errors import BY_CODE

from apps.api import document
from apps.core import codes
from apps.core.codes import Code
from apps.core.errors import TaskHubError
from tests.architecture.source import ROOT
from tests.factories import make_user

from .world import TASK, Caller, Json

PAGE = (ROOT / "docs/errors.md").read_text()
CALLS = {"Problem": 1, "wrong": None, "at": None, "_refuse": 1}
"""Calls that give an entry its code: at which place, if it is not the keyword `code`."""
SHAPES = ROOT / "apps/core/shapes"


def test_every_code_has_its_line_in_the_docs() -> None:
    rows = [f"| `{code}` | {m.status} | {m.when} | {m.advice} |" for code, m in codes.MEANINGS.items()]
    rows += [f"| `{code}` | {meaning} |" for code, meaning in codes.DETAIL_CODES.items()]
    assert [line for line in PAGE.splitlines() if line.startswith("| `")] == rows
    assert set(codes.MEANINGS) == set(Code)


def errors(kind: type[TaskHubError] = TaskHubError) -> Iterator[type[TaskHubError]]:
    yield kind
    for inner in kind.__subclasses__():
        yield from errors(inner)


@pytest.mark.parametrize("kind", [*errors()])
def test_error_has_the_status_of_its_code(kind: type[TaskHubError]) -> None:
    assert codes.MEANINGS[kind.default_code].status == kind.status
    assert codes.BY_STATUS[kind.status] in Code


def written(node: ast.AST) -> Iterator[str]:
    """The texts that an expression can be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from [*written(node.body), *written(node.orelse)]


def entry_codes() -> dict[str, str]:
    """Each code of an entry that stands in the source, and a place where it does."""
    found = {}
    for path in [*ROOT.glob("apps/**/*.py")]:
        if path.is_relative_to(ROOT / "apps/web"):
            continue
        for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            place = CALLS.get(name, -1)
            given = [keyword.value for keyword in call.keywords if keyword.arg == "code"]
            if isinstance(place, int) and 0 <= place < len(call.args):
                given.append(call.args[place])
            if name in CALLS:
                found |= {code: f"{path}:{call.lineno}" for value in given for code in written(value)}
    return found


def test_every_code_of_an_entry_is_listed() -> None:
    listed = {*codes.DETAIL_CODES, *Code}
    assert {code: place for code, place in entry_codes().items() if code not in listed} == {}
    assert {"required", "locked", "invalid_json"} <= entry_codes().keys()


def test_no_refusal_is_given_a_code_as_text() -> None:
    """Only members of `Code`: mypy refuses any other."""
    stray = [
        f"{path}:{call.lineno}"
        for path in ROOT.glob("apps/**/*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in {kind.__name__ for kind in errors()}
        if any(keyword.arg == "code" and isinstance(keyword.value, ast.Constant) for keyword in call.keywords)
    ]
    assert stray == []


def test_python_client_knows_every_code() -> None:
    assert set(BY_CODE) >= set(Code)


def test_document_has_the_closed_list() -> None:
    assert document.document()["components"]["schemas"]["ErrorCode"]["enum"] == [*Code]


def test_type_of_a_problem_leads_to_its_entry(app: Caller, settings: Json) -> None:
    settings.BASE_URL = "https://hub.example.org"
    problem = app.get("/tasks/none").json()
    assert problem["type"] == "https://hub.example.org/api/v1/errors#not_found"
    page = Client().get("/api/v1/errors")
    assert (page.status_code, 'id="not_found"' in page.content.decode()) == (200, True)
    assert resolve(codes.PAGE).func is document.errors


def test_page_has_an_anchor_for_each_code_for_everybody(app: Caller) -> None:
    anonymous, person = Client(), Client()
    person.force_login(make_user("reader"))
    for client in (anonymous, person):
        page = client.get("/api/v1/errors").content.decode()
        assert [code for code in Code if f'id="{code}"' not in page] == []
    assert app.post("/errors").status_code == 405


def test_relative_type_where_no_address_is_set(app: Caller, settings: Json) -> None:
    settings.BASE_URL = ""
    assert app.post("/tasks", {**TASK, "frog": 1}).json()["type"] == "/api/v1/errors#unknown_field"
