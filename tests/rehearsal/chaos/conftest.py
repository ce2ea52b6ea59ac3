"""A TaskHub that disturbs workers, with one function and tasks for it."""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from taskhub_client import Client

from tests.servers import Server

FUNCTION = "rehearsed"


class ChaosHub(Server):
    """`serve --background --chaos`, thrown away afterwards."""

    key = ""

    def prepare(self) -> None:
        """Makes its database and its application."""
        self.migrate()
        self.key = self.manage("create_application", "rehearsal")

    def copy(self, place: Path) -> "ChaosHub":
        """Another one with the same content."""
        shutil.copytree(self.place, place, dirs_exist_ok=True)
        other = ChaosHub(place, DEBUG="true", SECRET_KEY=self.environment["SECRET_KEY"])
        other.key = self.key
        return other

    def rehearse(self, plan: str, **tasks: int) -> Client:
        """Starts it with tasks of these titles; the client of the application."""
        self.start("--chaos", plan)
        client = Client(self.url, self.key)
        client.put(f"/functions/{FUNCTION}", {"mode": "pull", "lease_seconds": 10})
        for title, count in tasks.items():
            bodies = [{"function": FUNCTION, "title": title, "external_id": uuid.uuid4().hex} for _ in range(count)]
            assert all(result["ok"] for result in client.create_tasks(bodies))
        return client

    def conclude(self) -> tuple[int, dict[str, str], str]:
        """Ends it; the exit status, the verdict of each rule by its first word, and the whole report."""
        status, log = self.stop(), self.process.output()
        report = log[log.rindex("Worker protocol (") :]
        lines = [line for line in report.splitlines() if line[:9].strip() in {"kept", "broken", "not seen"}]
        return status, {line[9:].split(" (")[0].strip(): line[:9].strip() for line in lines}, report


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> ChaosHub:
    """A new TaskHub that nobody has started."""
    made = ChaosHub(tmp_path_factory.mktemp("prepared"), DEBUG="true")
    made.prepare()
    return made


@pytest.fixture
def hub(prepared: ChaosHub, tmp_path: Path) -> Iterator[ChaosHub]:
    with prepared.copy(tmp_path) as made:
        yield made
