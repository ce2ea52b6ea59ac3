"""The OpenAPI document tells the truth, and its page works under the policy."""

import re
from typing import Any

from django.test import Client

from apps.api.document import document
from taskhub import __version__
from tests.architecture.access_table import ACCESS

from .world import TASK, Caller, Json

NOT_DESCRIBED = {"openapi.json", "docs", "docs/", "errors", "**"}


def test_it_is_public_and_of_version_3_1() -> None:
    answer = Client().get("/api/v1/openapi.json")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json()["openapi"].startswith("3.1")
    assert answer.json()["info"]["version"] == __version__


def test_every_route_is_described() -> None:
    routes = {route.removeprefix("api/v1/") for route in ACCESS if route.startswith("api/v1/")} - NOT_DESCRIBED
    assert {path.removeprefix("/api/v1/") for path in document()["paths"]} == routes


def test_parameters_of_paths_are_slug_name_id() -> None:
    names = {name for path in document()["paths"] for name in re.findall(r"{(\w+)}", path)}
    assert names == {"slug", "name", "id"}


def test_every_operation_has_a_name_of_its_own_words_and_refusals() -> None:
    operations = [o for path in document()["paths"].values() for o in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    for operation in operations:
        assert operation["summary"]
        assert operation["responses"]["default"] == {"$ref": "#/components/responses/Problem"}


def test_references_lead_somewhere() -> None:
    schemas = document()["components"]["schemas"]
    assert set(_references(document())) <= {f"#/components/schemas/{name}" for name in schemas} | {
        "#/components/responses/Problem"
    }


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        inner = [found for item in value.values() for found in _references(item)]
        return inner + ([value["$ref"]] if isinstance(value.get("$ref"), str) else [])
    return [found for item in value for found in _references(item)] if isinstance(value, list) else []


def test_tasks_are_as_described(app: Caller, contributor: Caller, task: Json) -> None:
    app.made("/tasks", {**TASK, "hand_over": {"to": "reporter"}, "reporter": "user:member"})
    described = document()["components"]["schemas"]["Task"]
    for caller in (app, contributor):
        for row in caller.get("/tasks").json()["results"]:
            assert set(described["required"]) <= set(row) <= set(described["properties"])


def test_page_is_found_with_a_slash() -> None:
    answer = Client().get("/api/v1/docs/", follow=True)
    assert (answer.status_code, answer.request["PATH_INFO"]) == (200, "/api/v1/docs")


def test_page_has_no_inline_script_or_style() -> None:
    page = Client().get("/api/v1/docs").content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page)
    assert "unsafe" not in Client().get("/api/v1/docs").headers["Content-Security-Policy"]
