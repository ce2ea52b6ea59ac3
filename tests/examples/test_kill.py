"""kill −9 in the middle of the copy, again and again, while the shop sells: no row twice, none missing."""

import json
import random
import signal
import subprocess
import sys
from collections.abc import Iterator

import httpx2
import pytest

from examples.db_migration import copying
from examples.db_migration.config import Config
from tests.servers import wait_until

from .content import content

pytestmark = pytest.mark.processes
KILLS = 8


@pytest.fixture
def selling(config, unused_port) -> Iterator[subprocess.Popen[str]]:
    """The shop as a process of its own."""
    at = f"http://127.0.0.1:{unused_port}"
    Config(config.data_dir, config.databases, at).save()
    process = start("examples.db_migration.shop", "--data", str(config.data_dir), "run", "--rate", "200")
    wait_until(lambda: sold(at) > 3)
    yield process
    process.terminate()
    process.wait(10)


def start(module: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", module, *arguments], stdout=subprocess.PIPE, text=True)


def sold(at: str) -> int:
    try:
        return int(httpx2.get(f"{at}/status", trust_env=False).json()["counts"]["purchases"])
    except httpx2.TransportError:
        return 0


def test_copy_survives_kills_while_the_shop_sells(config, source, target, selling):
    dice, killed = random.Random(8), 0
    for _ in range(KILLS):
        copier = start("tests.examples.copy_program", str(config.data_dir))
        chunks = dice.randint(1, 25)
        for line in copier.stdout:
            if int(line) >= chunks:
                copier.send_signal(signal.SIGKILL)
                break
        killed += copier.wait(20) == -signal.SIGKILL
    assert killed >= KILLS // 2  # the others had come to the end before
    assert start("tests.examples.copy_program", str(config.data_dir)).wait(60) == 0
    selling.terminate()
    selling.wait(10)
    begun = json.loads((config.data_dir / "checkpoint.json").read_text())
    assert copying.sync_changes(source, target, after=begun["change_no"]).total > 0
    assert content(target) == content(source)


def test_killed_shop_loses_no_row(config, source, target, unused_port):
    """Under async a kill between the databases leaves the row in the outbox; the next shop sends it."""
    for _ in copying.copy(source, target, copying.begin_copy(source)):
        pass
    Config(config.data_dir, config.databases, f"http://127.0.0.1:{unused_port}").save()
    at = ["examples.db_migration.shop", "--data", str(config.data_dir)]
    assert start(*at, "set", "b=new", "writes=async").wait(20) == 0
    for _ in range(3):
        process = start(*at, "run", "--rate", "500")
        before = source.max_change()
        wait_until(lambda: source.max_change() > before + 20)  # noqa: B023
        process.kill()
        process.wait(10)
    process = start(*at, "run", "--rate", "1")
    wait_until(lambda: content(target) == content(source))
    process.kill()
    process.wait(10)
