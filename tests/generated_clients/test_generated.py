"""Clients generated from the OpenAPI document compile, and one job goes through each, with a yes and with a no.

The generators come from the package registries, in the versions of `package.json` and `requirements.txt`, into a
directory of this run alone.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.person import Person
from tests.servers import ROOT, Server

pytestmark = [pytest.mark.long, pytest.mark.processes, pytest.mark.own_servers]
HERE = ROOT / "tests/generated_clients"
REFUND = {
    "title": "Refund",
    "function": "refund.pay",
    "schema": {"type": "object", "properties": {"amount": {"type": "number"}, "reason": {"type": "string"}}},
}
CHECKED = {"target": "es2022", "lib": ["es2022", "dom"], "strict": True, "skipLibCheck": True, "types": ["node"]}


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """What a command prints; it must succeed."""
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the generators."""
    place = tmp_path_factory.mktemp("clients")
    shutil.copy(HERE / "package.json", place)
    run("npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent", cwd=place)
    run(sys.executable, "-m", "venv", "venv", cwd=place)
    run("venv/bin/pip", "install", "--quiet", "--disable-pip-version-check", "-r", HERE / "requirements.txt", cwd=place)
    return place


@pytest.fixture(scope="module")
def hub(place: Path) -> Iterator[Server]:
    (place / "data").mkdir()
    with Server(place / "data").migrate() as hub:
        hub.start()
        hub.manage("create_user", "ana", "--password-stdin", stdin="correct horse battery 7\n")
        yield hub


@pytest.fixture(scope="module")
def key(hub: Server) -> str:
    """Of the application that owns the place of refunds."""
    key = hub.manage("create_application", "billing", "--title", "Billing")
    headers = {"Authorization": f"Bearer {key}"}
    manifest = {
        "functions": {"refund.pay": {"lease_seconds": 60}},
        "containers": {"refunds": {"title": "Refunds", "everyone": "requester", "types": {"refund": REFUND}}},
    }
    httpx2.put(f"{hub.url}/api/v1/manifest", json=manifest, headers=headers, trust_env=False).raise_for_status()
    return key


@pytest.fixture(scope="module")
def document(hub: Server, place: Path) -> Path:
    """The document as it is served."""
    path = place / "openapi.json"
    path.write_text(httpx2.get(f"{hub.url}/api/v1/openapi.json", trust_env=False).text)
    return path


def compiled(project: Path, program: str, **options: object) -> None:
    """The TypeScript of a directory is type-checked, and becomes JavaScript under `out`."""
    shutil.copy(HERE / program, project)
    settings = {"compilerOptions": {**CHECKED, "outDir": "out", "rootDir": ".", **options}, "include": ["**/*.ts"]}
    (project / "tsconfig.json").write_text(json.dumps(settings))
    run("../node_modules/.bin/tsc", "-p", ".", cwd=project)


@pytest.fixture(scope="module")
def openapi_fetch(place: Path, document: Path) -> list[str | Path]:
    project = place / "openapi_fetch"
    project.mkdir()
    (project / "package.json").write_text('{"type": "module"}')
    run("../node_modules/.bin/openapi-typescript", document, "-o", "schema.ts", cwd=project)
    compiled(project, "openapi_fetch.ts", module="nodenext", moduleResolution="nodenext")
    return ["node", project / "out/openapi_fetch.js"]


@pytest.fixture(scope="module")
def typescript_fetch(place: Path, document: Path) -> list[str | Path]:
    project = place / "typescript_fetch"
    project.mkdir()
    (project / "package.json").write_text('{"type": "commonjs"}')
    path = f"{place / 'venv/bin'}{os.pathsep}{os.environ['PATH']}"
    options = ("-g", "typescript-fetch", "-i", document, "-o", "sdk")
    run(place / "venv/bin/openapi-generator-cli", "generate", *options, cwd=project, PATH=path)
    compiled(project, "typescript_fetch.ts", module="commonjs", moduleResolution="node10")
    return ["node", project / "out/typescript_fetch.js"]


@pytest.fixture(scope="module")
def python_client(place: Path, document: Path) -> list[str | Path]:
    python = place / "venv/bin/python"
    project = place / "python_client"
    generator = place / "venv/bin/openapi-python-client"
    path = f"{place / 'venv/bin'}{os.pathsep}{os.environ['PATH']}"
    options = ("--path", document, "--output-path", project, "--fail-on-warning")
    run(generator, "generate", *options, cwd=place, PATH=path)
    shutil.copy(HERE / "python_client.py", project)
    typed = ("--config-file", "", "--python-executable", python, "--no-incremental")
    run(sys.executable, "-m", "mypy", *typed, "task_hub_client", "python_client.py", cwd=project)
    return [python, project / "python_client.py"]


@pytest.mark.parametrize("generator", ["openapi_fetch", "typescript_fetch", "python_client"])
def test_one_job_goes_through(generator: str, hub: Server, key: str, request: pytest.FixtureRequest) -> None:
    program = request.getfixturevalue(generator)
    ana = Person(hub, "ana")
    cookie = "; ".join(f"{name}={value}" for name, value in ana.cookies.items())
    for action, paid in (("approve", True), ("refuse", False)):
        called = {"HUB": hub.url, "KEY": key, "COOKIE": cookie, "CSRF": ana.headers["X-CSRFToken"], "ACTION": action}
        printed = run(*program, cwd=program[-1].parent, **called)
        assert json.loads(printed) == {"status": "complete", "result": {"paid": paid}, "code": "not_found"}


def test_linter_has_nothing_to_say(place: Path, document: Path) -> None:
    options = ("--config", HERE / "redocly.yaml", "--max-problems", "20", "--format", "json")
    printed = run("node_modules/.bin/redocly", "lint", document, *options, cwd=place, REDOCLY_TELEMETRY="off")
    assert json.loads(printed)["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}
