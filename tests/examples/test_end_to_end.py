"""The whole migration against a real TaskHub, with people who answer and processes that are killed."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from taskhub_client import timestamp

from examples.db_migration import shop_data
from examples.db_migration.config import Config
from examples.db_migration.databases import Database
from examples.db_migration.shop_mode import Mode, write_mode
from tests.person import Person
from tests.servers import ROOT, Server, free_port, wait_until

from .conftest import COMBINATIONS, drop_schema, make_database
from .content import content

pytestmark = [pytest.mark.processes, pytest.mark.long]
ROWS = 6_000
PASSWORD = "a-long-enough-password-41"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """TaskHub with ana, dora (team dba) and the application."""
    place = tmp_path_factory.mktemp("hub")
    with Server(place).migrate() as made:
        made.manage("create_team", "dba", "--title", "DBA")
        made.manage("create_user", "ana", "--password-stdin", stdin=PASSWORD)
        made.manage("create_user", "dora", "--password-stdin", "--team", "dba", stdin=PASSWORD)
        (place / "key").write_text(made.manage("create_application", "migrator"))
        made.start()
        yield made


class World:
    """A shop with its databases, the programs around it, and the people."""

    def __init__(self, hub: Server, config: Config) -> None:
        self.hub, self.config = hub, config
        self.ana, self.dora = Person(hub, "ana"), Person(hub, "dora")
        self.running: list[subprocess.Popen[bytes]] = []

    def run(self, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Starts one of the example's programs."""
        command = [sys.executable, "-m", f"examples.db_migration.{module}", "--data", str(self.config.data_dir)]
        with open(self.config.data_dir / f"{module}.log", "ab") as log:
            process = subprocess.Popen([*command, *arguments], cwd=ROOT, stdout=log, stderr=log)
        self.running.append(process)
        return process

    def worker(self, *arguments: str) -> subprocess.Popen[bytes]:
        key = str(self.hub.place / "key")
        always = ["--url", self.hub.url, "--key-file", key, "--lease-seconds", "10"]
        before = self.pushes()
        process = self.run("worker", *always, *arguments)
        wait_until(lambda: self.pushes() > before, what="the manifest")
        return process

    def pushes(self) -> int:
        """How many workers have pushed their manifest and begun to work."""
        log = self.config.data_dir / "worker.log"
        return log.read_text().count("The manifest is pushed") if log.exists() else 0

    def shop(self, *arguments: str) -> None:
        """One command on the shop, as a person would run it."""
        assert self.run("shop", *arguments).wait(60) == 0

    def request(self, target: str = "new") -> str:
        """Ana asks for a migration; its key."""
        body = {"container": "db-migrations", "type": "migration", "title": f"Move to {target}"}
        return str(self.ana.call("POST", "/tasks", {**body, "fields": {"source": "old", "target": target}})["key"])

    def task(self, key: str, person: Person | None = None) -> Any:
        return (person or self.ana).call("GET", f"/tasks/{key}")

    def until_complete(self, key: str, *, seconds: float = 60) -> Any:
        wait_until(lambda: self.task(key)["status"] == "complete", seconds=seconds, what=f"{key} to complete")
        return self.task(key)

    def percent(self, key: str) -> int:
        return int((self.task(key).get("progress") or {}).get("percent") or 0)

    def goes_on(self, key: str, claims: int) -> bool:
        """Whether something was claimed since, or all is done. What waits for dora is returned."""
        for asked in self.dora.inbox():
            self.dora.answer(asked, "return")
        return self.task(key)["status"] == "complete" or self.claims() > claims

    def claims(self) -> int:
        """How many tasks the workers have claimed."""
        return (self.config.data_dir / "worker.log").read_text().count(", delivery ")

    def notes(self, key: str) -> str:
        """The notes that dora reads."""
        return "\n".join(note["text"] for note in self.dora.call("GET", f"/tasks/{key}/notes")["results"])

    def assert_equal(self, target: str = "new") -> None:
        """Both sides hold the same once the shop stands still."""
        for process in self.running:
            process.terminate()
            process.wait(30)
        with self.config.database("old").open() as one, self.config.database(target).open() as two:
            assert content(one) == content(two)
            assert one.max_change() > 1

    def run_command_of(self, handover: Any) -> None:
        """Runs the exact command that the text gives."""
        command = next(line.strip() for line in handover["message"].splitlines() if " -m examples." in line)
        assert subprocess.run(command, shell=True, cwd=ROOT, check=False).returncode == 0


@pytest.fixture
def world(hub: Server, tmp_path: Path) -> Iterator[World]:
    kinds = {"old": "sqlite", "new": COMBINATIONS[-1].split("-")[1], "bare": "sqlite"}
    databases = [make_database(kind, name, tmp_path) for name, kind in kinds.items()]
    databases.append(Database("away", "Away", "postgresql://shop@127.0.0.1:9/shop"))
    config = Config(tmp_path, {one.name: one for one in databases}, f"http://127.0.0.1:{free_port()}")
    config.save()
    for database in databases[:3]:
        with database.open() as side:
            missing = ("order_lines",) if database.name == "bare" else ()
            shop_data.create_tables(side, strict=database.name != "old", leave_out=missing)
            if database.name == "old":
                shop_data.fill(side, rows=ROWS)
    write_mode(tmp_path, Mode(a="old"))
    made = World(hub, config)
    made.run("shop", "run", "--rate", "20")
    yield made
    for process in made.running:
        process.kill()
        process.wait(10)
    drop_schema(config.database("new"))


def test_people_and_program_migrate_together(world):
    world.worker()
    key = world.request()

    asked = world.ana.asked("start")
    past = timestamp(datetime.now(UTC) - timedelta(hours=1))
    world.ana.answer(asked, "answer", start="at", start_at=past)
    asked = world.ana.asked("is in the past")
    world.ana.answer(asked, "answer", start="at", start_at=timestamp(datetime.now(UTC) + timedelta(seconds=4)))

    asked = world.ana.asked("writes=async")
    world.ana.answer(asked, "done")  # it is not
    asked = world.ana.asked("Not accepted")
    assert "writes=a" in asked["message"]
    world.run_command_of(asked)
    world.ana.answer(asked, "done")

    for words in ("writes=sync", "reads=b"):
        asked = world.ana.asked(words)
        world.run_command_of(asked)
        world.ana.answer(asked, "done")
    done = world.until_complete(key)
    assert done["stage"] == "done"
    assert done["result"]["equal"] is True
    assert done["result"]["rows_total"] >= ROWS
    assert "sync" not in {task["type"] for task in world.ana.call("GET", "/tasks")["results"]}
    world.assert_equal()


def test_automatic_asks_nobody(world):
    world.worker("--automatic")
    before = world.ana.inbox()
    key = world.request()
    world.until_complete(key)
    assert [one["id"] for one in world.ana.inbox()] == [one["id"] for one in before]
    world.assert_equal()


def test_killed_worker_goes_on_from_the_checkpoint(world):
    worker = world.worker("--automatic", "--rows-per-second", "800")
    key = world.request()
    for percent in (20, 50):
        wait_until(lambda: world.percent(key) >= percent, what=f"{percent} %")  # noqa: B023
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait(5)
        worker = world.worker("--automatic", "--rows-per-second", "1000")
    world.until_complete(key, seconds=120)
    assert "goes on from the checkpoint" in world.notes(key)
    world.assert_equal()


def test_refused_row_goes_to_the_dba_team_and_comes_back(world):
    world.shop("spoil", "old")
    world.worker("--automatic")
    key = world.request()
    asked = world.dora.asked("Put right")
    assert asked["task"] == world.task(key, world.dora)["id"]
    assert "order_lines id" in world.notes(key)
    assert "order_lines_quantity_positive" in world.notes(key)
    world.shop("mend", "old")
    world.dora.answer(asked, "return")
    world.until_complete(key)
    world.assert_equal()


@pytest.mark.parametrize(("target", "words"), [("bare", "no table order_lines"), ("away", "cannot be reached")])
def test_target_that_cannot_be_used_goes_to_the_dba_team(world, target, words):
    world.worker("--automatic")
    key = world.request(target)
    asked = world.dora.asked("Put right", seconds=120)
    assert words in world.notes(key)
    world.dora.answer(asked, "return", target="new")
    world.until_complete(key)
    world.assert_equal()


def test_without_a_worker_the_dba_team_gets_it(world):
    worker = world.worker("--unclaimed-after", "3")
    worker.terminate()
    worker.wait(30)
    key = world.request()
    asked = world.dora.asked("cannot go on by itself", seconds=60)
    world.worker("--automatic", "--unclaimed-after", "60")
    world.dora.answer(asked, "return")
    world.until_complete(key)


def test_restart_of_taskhub_in_the_middle(world):
    world.worker("--automatic", "--rows-per-second", "1000")
    key = world.request()
    wait_until(lambda: world.percent(key) >= 20, what="20 %")
    world.hub.stop(signal.SIGKILL)
    world.hub.start()
    world.until_complete(key)
    world.assert_equal()


def test_declined_question_goes_to_the_dba_team_and_can_stop_it_all(world):
    world.worker()
    key = world.request()
    asked = world.ana.asked("start")
    world.ana.call("POST", f"/handovers/{asked['id']}/decline", {"comment": "I do not know."})
    asked = world.dora.asked("Nobody answered")
    world.dora.answer(asked, "stop", start="now")
    wait_until(lambda: world.task(key)["status"] == "canceled", what="the migration to stop")


def test_canceled_migration_stops_and_takes_its_questions_back(world):
    world.worker()
    key = world.request()
    world.ana.asked(key, by="correlation_id")
    world.dora.call("POST", f"/tasks/{key}/cancel", {"note": "Not today."})
    wait_until(lambda: not world.ana.find(key, by="correlation_id"), seconds=60, what="the question to go")
    assert world.task(key)["status"] == "canceled"


def test_worker_that_is_killed_again_and_again(world):
    """At random moments in every phase; whenever the retries are used up, dora returns the task."""
    dice = random.Random(11)
    worker = world.worker("--automatic", "--rows-per-second", "1000")
    key = world.request()
    for _ in range(5):
        time.sleep(dice.uniform(0.2, 3))
        worker.kill()
        worker.wait(5)
        claims = world.claims()
        worker = world.worker("--automatic", "--rows-per-second", "1000")
        wait_until(lambda: world.goes_on(key, claims), what="the retry")  # noqa: B023
    world.until_complete(key, seconds=120)
    world.assert_equal()
