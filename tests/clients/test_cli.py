"""`taskhub`: what it prints, and with which status it ends."""

import json
import re
import uuid

import pytest
from taskhub_client import Client, cli
from taskhub_client.cli import documents, exporting

pytestmark = [pytest.mark.processes, pytest.mark.own_servers]


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
    name = f"applied-{uuid.uuid4().hex[:8]}"
    file = tmp_path / "manifest.yaml"
    file.write_text(MANIFEST.format(name=name))
    status, out, _ = taskhub("apply", str(file), "--dry-run")
    assert (status, out.splitlines()[-1]) == (0, "3 would change; nothing was done.")
    assert taskhub("apply", str(file))[1].splitlines()[-1] == "3 changed."
    assert taskhub("apply", str(file))[1].splitlines()[-1] == "0 changed."


@pytest.fixture
def applied(taskhub, tmp_path):
    """A manifest that was applied: its file, and the name of its container."""
    name = f"applied-{uuid.uuid4().hex[:8]}"
    file = tmp_path / "manifest.yaml"
    file.write_text(MANIFEST.format(name=name))
    assert taskhub("apply", str(file))[0] == 0
    return file, name


def test_exit_code_tells_of_differences(taskhub, applied, client):
    file, name = applied
    watch = ("apply", str(file), "--dry-run", "--exit-code")
    client.put(f"/containers/{name}", {"title": "Changed by hand"})
    assert taskhub("apply", str(file), "--dry-run")[0] == 0
    assert taskhub(*watch)[0] == 4
    assert taskhub("apply", str(file), "--exit-code")[0] == 4
    client.put_member(name, "user:ana", "viewer")
    status, out, _ = taskhub(*watch)
    assert (status, f"not in the manifest: member user:ana {name}" in out) == (4, True)


def test_prune_deletes_by_a_plan_alone(taskhub, applied, client):
    file, name = applied
    client.put_member(name, "user:ana", "viewer")
    client.put(f"/containers/{name}/types/stray", {"title": "Stray"})
    narrow = file.with_suffix(".json")
    whole = exporting.manifest_of(client)
    del whole["containers"][name]["types"]["stray"], whole["containers"][name]["members"]
    narrow.write_text(json.dumps(whole))

    status, out, _ = taskhub("apply", str(narrow), "--prune")
    plan = re.search(r"--plan (\w+)", out)[1]
    assert (status, "nothing was done" in out, f"to delete: type stray {name}" in out) == (0, True, True)
    assert [row["member"] for row in client.members(name)] == ["user:ana"]
    assert taskhub("apply", str(narrow), "--prune", "--plan", "another")[0] == 2
    client.put(f"/containers/{name}/types/later", {"title": "Later"})
    assert "is another one" in taskhub("apply", str(narrow), "--prune", "--plan", plan)[2]
    client.delete_type(name, "later")
    status, out, complaint = taskhub("apply", str(narrow), "--prune", "--plan", plan)
    assert (status, complaint, f"deleted: member user:ana {name}" in out) == (0, "", True)
    assert list(client.members(name)) == []
    assert [row["name"] for row in client.types(name)] == ["thing"]
    assert taskhub("apply", str(narrow), "--dry-run", "--exit-code")[0] == 0
    assert taskhub("apply", str(narrow), "--plan", plan)[0] == 2


@pytest.mark.parametrize("format", ["yaml", "json"])
def test_exported_manifest_changes_nothing(taskhub, applied, client, tmp_path, format):
    _, name = applied
    schedule = {"cron": "0 6 * * *", "zone": "Europe/Zurich"}
    client.put(f"/functions/{name}-tick", {"mode": "pull", "schedule": schedule, "retry_policy": {"enabled": True}})
    schema = {"type": "object", "properties": {"on": {"type": "string", "enum": ["yes", "no", "1e3", "2030-01-31"]}}}
    client.put(f"/containers/{name}/types/thing", {"title": "Thing", "schema": schema, "function": f"{name}-tick"})
    client.put(f"/containers/{name}/types/gone", {"title": "Gone"})
    client.delete_type(name, "gone")
    rule = {"on": "task.failed", "when": "task.priority > 1", "actions": [{"do": "add_note", "text": "Late."}]}
    client.put(f"/containers/{name}/rules/late", rule)
    client.put_member(name, "user:ana", "viewer")

    status, out, _ = taskhub("export", "--format", format)
    (tmp_path / f"export.{format}").write_text(out)
    assert status == 0
    exported = documents.read(str(tmp_path / f"export.{format}"))["containers"][name]
    assert exported["members"] == {"user:ana": "viewer"}
    assert list(exported["types"]) == ["thing"]
    status, out, _ = taskhub("apply", str(tmp_path / f"export.{format}"), "--dry-run", "--exit-code")
    assert (status, out.splitlines()[-1]) == (0, "0 would change; nothing was done.")


def test_doctor_tells_what_is_wrong(taskhub, function, key, tmp_path):
    (tmp_path / "key").write_text(key)
    (tmp_path / "key").chmod(0o644)
    status, out, _ = taskhub("--key-file", str(tmp_path / "key"), "doctor")
    assert (status, "application:counter" in out, "chmod 600" in out, function in out) == (0, True, True, True)
    status, out, _ = taskhub("--url", "http://127.0.0.1:9", "--patience", "0", "doctor")
    assert (status, "wrong" in out, "did not answer" in out) == (1, True, True)


def test_task_is_worked_on_by_hand(taskhub, make, client, tmp_path):
    key = make()
    (tmp_path / "plan.txt").write_text("A plan.")
    assert taskhub("tasks", "note", key, "Hello.")[0] == 0
    assert taskhub("tasks", "attach", key, str(tmp_path / "plan.txt"), "--work")[0] == 0
    assert "plan.txt" in taskhub("tasks", "attachments", key)[1]
    assert "complete" in taskhub("tasks", "complete", key, "--field", "n=4", "--result", '{"done": true}')[1]
    assert (client.task(key)["fields"], client.task(key)["result"]) == ({"n": 4}, {"done": True})
    other = make()
    assert "failed" in taskhub("tasks", "fail", other, "Broken", "--message", "No.", "--nonrecoverable")[1]
    assert client.task(other)["error"]["name"] == "Broken"


def test_person_is_asked_and_answers_by_command(taskhub, make, client, hub, signed_in_ana, monkeypatch):
    key = make()
    ask = ("tasks", "hand-over", key, "user:ana", "--field", "n", "--action", "approve=complete", "--action", "cancel")
    assert taskhub(*ask)[0] == 0
    status, _, complaint = taskhub("tasks", "answer", key, "approve", "--field", "n=1")
    assert (status, "forbidden" in complaint) == (1, True)

    def as_ana(options):
        return Client(hub.url, "-", cookies=signed_in_ana.cookies, headers=signed_in_ana.headers)

    monkeypatch.setattr(cli, "client_of", as_ana)
    assert taskhub("tasks", "answer", key, "approve", "--field", "n=7", "--comment", "Fine.")[0] == 0
    assert (client.task(key)["status"], client.task(key)["fields"]) == ("complete", {"n": 7})
    assert "No handover" in taskhub("tasks", "answer", key, "approve")[2]


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
