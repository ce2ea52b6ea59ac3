"""The kit is there when it is asked for, on a TaskHub to throw away, and never otherwise."""

import os
import secrets
import subprocess
import sys

import httpx2
import pytest

from taskhub.chaos import read_plan
from tests.clients.conftest import free_port
from tests.examples.live import ROOT

pytestmark = [pytest.mark.processes, pytest.mark.own_servers]


def serve(place, *options, **environment):
    env = {**os.environ, "TASKHUB_DATA_DIR": str(place), "SECRET_KEY": secrets.token_urlsafe(50), **environment}
    command = [sys.executable, "manage.py", "serve", "--bind", f"127.0.0.1:{free_port()}", *options]
    for name in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE"):
        env.pop(name, None)
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False)


def test_production_refuses_it(prepared):
    done = serve(prepared.place, "--chaos", DEBUG="false")
    assert done.returncode == 1
    assert "DEBUG=true" in done.stderr


def test_wrong_plan_is_refused(prepared):
    assert "write seed=NUMBER" in serve(prepared.place, "--chaos", "lose=2", DEBUG="true").stderr


def test_two_web_processes_are_refused(prepared):
    assert "WEB_PROCESSES" in serve(prepared.place, "--chaos", DEBUG="true", WEB_PROCESSES="2").stderr


def test_without_the_option_nothing_is_disturbed(hub):
    """Not even if the variable by which `serve` passes the plan on is set."""
    hub.environment["TASKHUB_CHAOS"] = "seed=1,lose=1"
    hub.start()
    assert httpx2.get(f"{hub.url}/chaos", trust_env=False).status_code != 200
    hub.stop()
    assert "Worker protocol" not in (hub.place / "server.log").read_text()


def test_report_can_be_looked_at_meanwhile(hub):
    hub.rehearse("seed=3")
    assert "not seen" in httpx2.get(f"{hub.url}/chaos", trust_env=False).text


def test_plan_is_repeatable_and_strikes_the_first():
    one, two = read_plan("seed=7,lose=0.3"), read_plan("seed=7,lose=0.3")
    struck = [one.strikes("lose", "claim") for _ in range(50)]
    assert struck == [two.strikes("lose", "claim") for _ in range(50)]
    assert struck[0]
    assert 5 < sum(struck) < 30
    assert not any(read_plan("lose=0").strikes("lose", "claim") for _ in range(5))
    assert read_plan(str(one)) == one


@pytest.mark.parametrize("text", ["lose", "lose=2", "seed=x", "colour=1", "lose=-1"])
def test_plan_that_means_nothing_is_refused(text):
    with pytest.raises(ValueError, match="write seed=NUMBER"):
        read_plan(text)
