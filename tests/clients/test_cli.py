"""`taskhub`: what it prints, and with which status it ends."""

import json
import uuid

import pytest
from taskhub_client.cli import main

pytestmark = [pytest.mark.processes, pytest.mark.own_servers]


@pytest.fixture
def taskhub(hub, key, monkeypatch, capsys):
    """Runs a command; its status, output and complaints."""
    monkeypatch.setenv("TASKHUB_URL", hub.url)
    monkeypatch.setenv("TASKHUB_KEY", key)

    def run(*arguments):
        capsys.readouterr()
        status = main(arguments)
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def test_me(taskhub):
    status, out, _ = taskhub("me")
    assert status == 0
    assert "application:counter" in out


def test_task_from_its_making_to_its_end(taskhub, function):
    made = taskhub(
        "--json", "tasks", "create", "--container", function, "--type", "count", "--title", "A", "--field=n=3"
    )
    key = json.loads(made[1])["key"]
    assert key in taskhub("tasks", "list", "--container", function, "--filter", "fields.n__gte=3")[1]
    assert key not in taskhub("tasks", "list", "--container", function, "--filter", "fields.n__gt=3")[1]
    assert '{"n": 3}' in taskhub("tasks", "show", key)[1]
    assert "canceled" in taskhub("tasks", "cancel", key, "--note", "No.")[1]
    assert "new" in taskhub("tasks", "reopen", key)[1]
    assert "task.created" in taskhub("tasks", "events", key)[1]
    assert "No." in taskhub("tasks", "notes", key)[1]
    assert taskhub("tasks", "attempts", key)[0] == 0


@pytest.mark.parametrize(
    "words", [("--json", "tasks", "list"), ("tasks", "--json", "list"), ("tasks", "list", "--json")]
)
def test_common_options_stand_anywhere(taskhub, words):
    status, out, _ = taskhub(*words)
    assert (status, type(json.loads(out))) == (0, list)


def test_refusal_says_where(taskhub, function):
    wrong = ("tasks", "create", "--container", function, "--type", "count", "--title", "A", "--field", "n=-1")
    status, _, complaint = taskhub(*wrong)
    assert status == 1
    assert "schema_violation" in complaint
    assert "/fields/n" in complaint


def test_nobody_there(taskhub):
    status, _, complaint = taskhub("--url", "http://127.0.0.1:9", "--patience", "0", "me")
    assert status == 3
    assert "did not answer" in complaint


def test_usage(taskhub, monkeypatch, tmp_path):
    assert taskhub("work", "nowhere:worker")[0] == 2
    assert taskhub("work", "tests.clients.programs:not_a_worker")[0] == 2
    assert taskhub("apply", str(tmp_path / "missing.yaml"))[0] == 2
    monkeypatch.delenv("TASKHUB_KEY")
    status, _, complaint = taskhub("me")
    assert status == 2
    assert "TASKHUB_KEY" in complaint


def test_key_may_stand_in_a_file(taskhub, key, monkeypatch, tmp_path):
    monkeypatch.delenv("TASKHUB_KEY")
    (tmp_path / "key").write_text(f"{key}\n")
    assert taskhub("--key-file", str(tmp_path / "key"), "me")[0] == 0


MANIFEST = """
functions:
  {name}-run: {{lease_seconds: 30}}
containers:
  {name}:
    title: Applied
    types:
      thing: {{title: Thing, function: {name}-run}}
"""


def test_manifest_is_tried_applied_and_then_unchanged(taskhub, tmp_path):
    pytest.importorskip("yaml")
    name = f"applied-{uuid.uuid4().hex[:8]}"
    file = tmp_path / "manifest.yaml"
    file.write_text(MANIFEST.format(name=name))
    status, out, _ = taskhub("apply", str(file), "--dry-run")
    assert (status, out.splitlines()[-1]) == (0, "3 would change; nothing was done.")
    assert taskhub("apply", str(file))[1].splitlines()[-1] == "3 changed."
    assert taskhub("apply", str(file))[1].splitlines()[-1] == "0 changed."


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        ("functions: {x: {lease_seconds: soon}}", 1, "/functions/x/lease_seconds"),
        ("[1]", 2, "one mapping"),
        ("a: [", 2, "not YAML"),
    ],
)
def test_wrong_manifest_is_refused_and_says_where(taskhub, tmp_path, text, status, words):
    (tmp_path / "manifest.yaml").write_text(text)
    found, _, complaint = taskhub("apply", str(tmp_path / "manifest.yaml"))
    assert found == status
    assert words in complaint
