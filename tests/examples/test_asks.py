"""What people are asked: repeatable bodies, exact commands, answers looked at."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from taskhub_client import timestamp

from examples.db_migration.beat import read_timestamp
from examples.db_migration.config import Config, shop_command
from examples.db_migration.databases import Database
from examples.db_migration.manifest import manifest
from examples.db_migration.questions import QUESTIONS, why_not_start

MIGRATION = {"key": "MIG-7K3QF", "reporter": "user:ana"}


@pytest.fixture
def offered(tmp_path):
    databases = [Database(name, name.title(), f"sqlite:////secret/{name}.sqlite3") for name in ("old", "new")]
    return Config(tmp_path, {one.name: one for one in databases}, "http://127.0.0.1:1")


@pytest.mark.parametrize("name", QUESTIONS)
def test_question_is_the_same_each_time_and_handed_to_the_requester(offered, name):
    body = QUESTIONS[name].body(MIGRATION, "old", "new", offered)
    assert body == QUESTIONS[name].body(MIGRATION, "old", "new", offered)
    assert body["parent"] == "MIG-7K3QF"
    assert body["reporter"] == body["hand_over"]["to"] == "user:ana"
    assert body["external_id"].endswith(f":{name}")


def test_migration_of_a_program_is_asked_of_the_dba_team(offered):
    body = QUESTIONS["start"].body({"key": "MIG-1", "reporter": None}, "old", "new", offered)
    assert body["hand_over"]["to"] == "team:dba"
    assert "reporter" not in body


def test_command_is_exact_and_stands_in_the_text(offered):
    ask = QUESTIONS["writes-async"]
    command = ask.command("new", offered)
    assert command.endswith(f"-m examples.db_migration.shop --data {offered.data_dir} set b=new writes=async")
    assert command in ask.body(MIGRATION, "old", "new", offered)["hand_over"]["message"]


def test_command_names_the_interpreter_that_has_what_the_shop_needs(offered, monkeypatch):
    here = shop_command(offered.data_dir).split()[0]
    monkeypatch.chdir("/")
    elsewhere = shop_command(offered.data_dir).split()[0]
    assert here != "python" != elsewhere
    assert (Path("/") / elsewhere).samefile(sys.executable)


def test_now_and_a_time_to_come_are_accepted():
    soon = timestamp(datetime.now(UTC) + timedelta(hours=1))
    assert why_not_start({"start": "now"}) is None
    assert why_not_start({"start": "at", "start_at": soon}) is None


def test_time_in_the_past_is_refused_with_both_times():
    past = datetime.now(UTC) - timedelta(minutes=5)
    wrong = why_not_start({"start": "at", "start_at": timestamp(past)})
    assert f"{past:%H:%M} UTC is in the past" in wrong


def test_missing_time_is_refused():
    assert "gave none" in why_not_start({"start": "at"})


def test_timestamps_come_back_as_they_were():
    now = datetime(2026, 11, 21, 3, 4, 5, 678000, tzinfo=UTC)
    assert timestamp(now) == "2026-11-21T03:04:05.678Z"
    assert read_timestamp(timestamp(now)) == now


def test_manifest_offers_names_and_no_address(offered):
    document = manifest(offered)
    types = document["containers"]["db-migrations"]["types"]
    source = types["migration"]["schema"]["properties"]["source"]
    assert source["oneOf"] == [{"const": "old", "title": "Old"}, {"const": "new", "title": "New"}]
    assert "secret" not in str(document)
    assert types["sync"]["default_privacy"] == "application"
