"""What the client offers besides tasks: members, types, files, search, and answering for a person."""

import pytest
from taskhub_client import Client, Forbidden, NotFound
from taskhub_client.api import Api, Listing, Method

pytestmark = [pytest.mark.processes, pytest.mark.own_servers]


@pytest.fixture
def person(hub, signed_in_ana):
    """A client with the session of Ana's browser; a personal token would do."""
    with Client(hub.url, "-", cookies=signed_in_ana.cookies, headers=signed_in_ana.headers) as made:
        yield made


def test_application_has_owners(client):
    name = client.me()["name"]
    assert client.put_owner(name, "user:ana")["owners"] == ["user:ana"]
    client.remove_owner(name, "user:ana")
    assert client.application(name)["owners"] == []
    assert client.update_application(name, title="Renamed")["title"] == "Renamed"


def test_members_types_and_functions_are_listed_and_removed(client, function):
    client.put_member(function, "user:ana", "contributor")
    assert {row["member"]: row["role"] for row in client.members(function)} == {"user:ana": "contributor"}
    client.remove_member(function, "user:ana")
    assert list(client.members(function)) == []
    assert function in [row["slug"] for row in client.containers()]
    assert [row["name"] for row in client.types(function)] == ["count"]
    assert client.type(function, "count")["function"] == function
    client.put(
        f"/containers/{function}/rules/late", {"on": "task.failed", "actions": [{"do": "add_note", "text": "Late."}]}
    )
    assert [row["name"] for row in client.rules(function)] == ["late"]
    assert client.rule(function, "late")["on"] == ["task.failed"]
    client.delete_rule(function, "late")
    client.delete_type(function, "count")
    client.delete_container(function)
    client.delete_function(function)
    with pytest.raises(NotFound):
        client.function(function)


def test_file_comes_back_as_it_was_attached(client, make, tmp_path):
    key = make()
    (tmp_path / "plan.txt").write_bytes("Größe\n".encode())
    made = client.attach(key, tmp_path / "plan.txt", kind="work_note")
    assert (made["name"], made["content_type"], made["kind"]) == ("plan.txt", "text/plain", "work_note")
    assert client.read_attachment(made["id"]) == "Größe\n".encode()
    assert client.attach(key, b"\0\1", name="raw.bin")["size"] == 2
    assert {row["name"] for row in client.attachments(key)} == {"plan.txt", "raw.bin"}
    client.delete_attachment(made["id"])
    assert {row["name"] for row in client.attachments(key)} == {"raw.bin"}
    with pytest.raises(ValueError, match="name"):
        client.attach(key, b"x")


def test_search_finds_words(client, make):
    key = make(title="Zanzibar ferries")
    assert [row["key"] for row in client.search("zanzi ferries")] == [key]


def test_person_answers_through_the_client(client, person, make):
    key = make()
    asked = client.hand_over(key, "user:ana", title="How many?", fields=["n"], actions=["complete", "cancel"])
    assert asked["id"] in [row["id"] for row in person.inbox()]
    with pytest.raises(Forbidden):
        client.answer_handover(asked["id"], "complete", fields={"n": 1})
    person.claim_handover(asked["id"])
    person.save_draft(asked["id"], {"n": 3}, comment="I counted")
    person.save_draft(asked["id"], {"n": 3})
    saved = person.handover(asked["id"])
    assert (saved["draft"], saved["draft_comment"]) == ({"n": 3}, "I counted")
    person.release_handover(asked["id"])
    done = person.answer_handover(asked["id"], "complete", fields={"n": 4}, comment="Counted.")
    assert done["state"] == "submitted"
    assert client.task(key)["fields"]["n"] == 4
    assert person.receipt(asked["id"])["title"] == "How many?"


def test_person_declines_and_the_asker_withdraws(client, person, make):
    key = make()
    person.decline_handover(client.hand_over(key, "user:ana")["id"], comment="Not me.")
    assert client.task(key)["status"] == "new"
    client.withdraw_handover(client.hand_over(key, "user:ana")["id"])
    assert [row["state"] for row in client.handovers(task=key)] == ["withdrawn", "declined"]


def test_every_call_is_a_method_that_says_what_it_does():
    """Also in an editor: each has its text and its parameters."""
    described = [found for found in vars(Api).values() if isinstance(found, Method | Listing)]
    assert len(described) > 50
    assert all(found.describe.__doc__ for found in described)
