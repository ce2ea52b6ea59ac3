"""`taskhub failures` and `taskhub operations`: what they print, and with which status they end."""

import io
import json

import pytest
from taskhub_client.cli import repairing

pytestmark = [pytest.mark.processes, pytest.mark.own_servers]


@pytest.fixture
def broken(make, client, function):
    """Makes failed tasks; answers their ids."""

    def made(count=1):
        keys = [make() for _ in range(count)]
        for key in keys:
            client.fail_task(key, {"name": f"Broken-{function}"})
        return [client.task(key)["id"] for key in keys]

    return made


@pytest.fixture
def begin(taskhub, function):
    """`operations begin` with the failed tasks of the function, else with the words given."""

    def run(kind, *words):
        which = () if "--id" in words else ("--filter", f"function={function}", "--filter", "status=failed")
        return taskhub("operations", "begin", kind, *which, *words)

    return run


@pytest.fixture
def typed(monkeypatch):
    """What is typed when the command asks."""
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_failures_in_groups(taskhub, broken, function):
    broken(2)
    status, out, _ = taskhub("failures")
    (line,) = [line for line in out.splitlines() if f"Broken-{function}" in line]
    assert (status, line.split()[0]) == (0, "2")
    assert taskhub("failures", "--since", "soon")[0] == 1
    assert "results" in json.loads(taskhub("--json", "failures")[1])


def test_operation_goes_well(taskhub, begin, broken):
    ids = broken(2)
    status, out, complaint = begin("skip", "--yes", "--wait", "--reason", "Given up", "--max-per-second", "100")
    assert (status, complaint) == (0, "")
    assert out.splitlines()[0] == "2 tasks match."
    assert "done: 2 matched, 2 done, 0 refused, 2 settled_ok, 0 settled_bad, 0 running, 0 left" in out
    assert "Given up" in out
    (row, *_) = json.loads(taskhub("--json", "operations", "list")[1])
    assert (row["kind"], row["state"]) == ("skip", "done")
    assert "settled_ok" in taskhub("operations", "show", row["id"])[1]
    assert all(id in taskhub("operations", "items", row["id"], "--outcome", "settled_ok")[1] for id in ids)
    assert taskhub("operations", "stop", row["id"])[0] == 1


@pytest.mark.parametrize(("text", "begins"), [("y\n", True), ("n\n", False), ("", False)])
def test_it_asks(begin, broken, typed, client, text, begins):
    (id,) = broken()
    typed(text)
    status, out, complaint = begin("skip")
    assert ("skip 1 tasks? [y/N]" in complaint, status) == (True, 0 if begins else 2)
    assert ("Nothing was done" in complaint, "started_at" in out) == (not begins, begins)
    if not begins:
        assert client.task(id)["error"]["name"].startswith("Broken")


def test_tasks_are_excluded_and_said_why(begin, broken, make, client):
    (id,), live = broken(), client.task(make())["id"]
    status, out, complaint = begin("retry", "--id", live)
    assert (status, f"1 excluded, not_failed: {live}" in out) == (2, True)
    assert "no task matches" in complaint
    status, out, _ = begin("retry", "--id", live, "--id", id, "--yes", "--json")
    assert (status, json.loads(out)["matched"]) == (0, 1)


def test_operation_that_is_held_goes_on_by_command(taskhub, begin, broken, client, monkeypatch):
    ids = broken(2)

    def fail_again(_seconds):
        for id in ids:
            if client.task(client.task(id)["newest_id"])["status"] == "new":
                client.fail_task(id, {"name": "Again"})

    monkeypatch.setattr(repairing.time, "sleep", fail_again)
    status, out, _ = begin("retry", "--yes", "--wait", "--canary", "1:1")
    id = json.loads(taskhub("--json", "operations", "list", "--limit", "1")[1])[0]["id"]
    assert (status, id in out, "held: 2 matched, 1 done" in out) == (1, True, True)
    assert "running" in taskhub("operations", "resume", id)[1]


def test_wrong_words(begin, taskhub, capsys):
    for words in (("retry", "--canary", "20"), ("retry", "--filter", "status")):
        with pytest.raises(SystemExit) as ended:
            begin(*words)
        assert ended.value.code == 2
    status, _, complaint = begin("retry", "--filter", "nothing=x")
    assert (status, "/filter/nothing" in complaint) == (1, True)
    status, _, complaint = begin("set_fields")
    assert (status, "/fields" in complaint) == (1, True)
    assert taskhub("operations", "show", "01936b3e-8c1f-7a52-9d3e-5f6a7b8c9d0e")[0] == 1
