"""`manage.py serve` as a process: what it refuses, and how one signal ends all of it."""

import json
import os
import secrets
import signal
import socket
import sqlite3
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from taskhub.safety import is_weak
from tests.servers import Server, alive, children, free_port, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.own_servers]
BROKERS = os.environ.get("TASKHUB_TEST_BROKERS", "").split()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with development(tmp_path).migrate() as server:
        yield server


def development(place: Path) -> Server:
    """As a developer starts it: no key is given."""
    return Server(place, DEBUG="true", SECRET_KEY=None)


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_one_signal_ends_web_and_background(server: Server, sign: signal.Signals) -> None:
    process = server.start()
    below = children(process.pid)
    assert below
    assert server.stop(sign) == 0
    assert not any(alive(pid) for pid in below)
    assert not server.is_ready


def test_nothing_outlives_a_killed_server(server: Server) -> None:
    process = server.start()
    below = children(process.pid)
    server.stop(signal.SIGKILL)
    wait_until(lambda: not any(alive(pid) for pid in below))


def test_background_with_a_broker_is_two_more_processes_and_ends_with_them(server: Server) -> None:
    server.environment["CELERY_BROKER_URL"] = f"redis://127.0.0.1:{free_port()}/0"  # a dead broker stops nothing
    process = server.start()
    wait_until(lambda: len(children(process.pid)) >= 3)
    below = children(process.pid)
    assert server.stop(signal.SIGTERM) == 0
    assert not any(alive(pid) for pid in below)


@pytest.mark.parametrize("broker", ["", "dead", *BROKERS])
def test_committed_event_is_dispatched(server: Server, broker: str) -> None:
    """Embedded, through a live broker, and by beat itself when the broker is dead."""
    url = f"redis://127.0.0.1:{free_port()}/0" if broker == "dead" else broker
    server.environment |= {"CELERY_BROKER_URL": url} if url else {}
    server.start()
    server.manage("create_team", "dba")
    wait_until(lambda: undispatched(server) == 0)
    assert server.stop(signal.SIGTERM) == 0


def undispatched(server: Server) -> int:
    file = Path(server.environment["TASKHUB_DATA_DIR"], "taskhub.sqlite3")
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as rows:
        return int(rows.execute("SELECT count(*) FROM events_event WHERE dispatched_at IS NULL").fetchone()[0])


@pytest.mark.parametrize("broker", BROKERS)
def test_live_broker_is_seen_and_left_in_time(server: Server, broker: str) -> None:
    server.environment["CELERY_BROKER_URL"] = broker
    process = server.start()
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/readyz", timeout=5) as answer:
        assert json.load(answer)["broker"] is True
    below = children(process.pid)
    assert server.stop(signal.SIGTERM) == 0
    assert not any(alive(pid) for pid in below)


def test_production_serves_hashed_static_files(server: Server) -> None:
    server.environment |= {"DEBUG": "false", "SECRET_KEY": secrets.token_urlsafe(50)}
    server.serve()
    manifest = Path(server.environment["TASKHUB_DATA_DIR"]) / "static" / "staticfiles.json"
    collected = manifest.stat().st_mtime_ns
    assert server.stop(signal.SIGTERM) == 0
    server.serve()
    assert manifest.stat().st_mtime_ns == collected, "what is unchanged is not collected again"
    assert server.stop(signal.SIGTERM) == 0
    manifest.unlink()
    server.serve()
    assert manifest.exists()
    assert server.stop(signal.SIGTERM) == 0


def test_debug_is_refused_beyond_loopback(server: Server) -> None:
    assert "loopback" in server.refusal(host="0.0.0.0")


@pytest.mark.parametrize("key", ["", "changeme"])
def test_production_refuses_a_weak_key(server: Server, key: str) -> None:
    server.environment |= {"DEBUG": "false", "SECRET_KEY": key}
    assert "SECRET_KEY" in server.refusal()


@pytest.mark.parametrize("key", ["changeme", "a" * 60, "django-insecure-" + "0123456789abcdef" * 3])
def test_key_is_weak(key: str) -> None:
    assert is_weak(key)
    assert not is_weak(secrets.token_urlsafe(50))


def test_production_refuses_any_host(server: Server) -> None:
    server.environment |= {"DEBUG": "false", "SECRET_KEY": secrets.token_urlsafe(50), "ALLOWED_HOSTS": "*"}
    assert "ALLOWED_HOSTS" in server.refusal()


def test_taken_port_is_said_plainly(server: Server) -> None:
    with socket.create_server(("127.0.0.1", server.port)):
        assert "Cannot listen" in server.refusal()


@pytest.mark.parametrize("bind", ["8000", "localhost", "localhost:0", "localhost:70000", "no.such.host.invalid:80"])
def test_wrong_address_is_refused(bind: str) -> None:
    with pytest.raises(CommandError, match="--bind"):
        call_command("serve", "--bind", bind)


def test_embedded_background_is_refused_with_two_web_processes(server: Server) -> None:
    server.environment["WEB_PROCESSES"] = "2"
    assert "CELERY_BROKER_URL" in server.refusal("--background")


def test_database_that_is_behind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    assert "migrate" in development(tmp_path / "new").refusal()
