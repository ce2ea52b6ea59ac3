"""The kit is there when it is asked for, on a TaskHub to throw away, and never otherwise."""

import httpx2
import pytest

from taskhub.rehearsal.chaos import read_plan

pytestmark = [pytest.mark.processes, pytest.mark.own_servers]


def test_production_refuses_it(hub):
    hub.environment["DEBUG"] = "false"
    assert "DEBUG=true" in hub.refusal("--chaos")


def test_wrong_plan_is_refused(hub):
    assert "write seed=NUMBER" in hub.refusal("--chaos", "lose=2")


def test_two_web_processes_are_refused(hub):
    hub.environment["WEB_PROCESSES"] = "2"
    assert "WEB_PROCESSES" in hub.refusal("--chaos")


def test_without_the_option_nothing_is_disturbed(hub):
    """Not even if the variable by which `serve` passes the plan on is set."""
    hub.environment["TASKHUB_CHAOS"] = "seed=1,lose=1"
    hub.start()
    assert httpx2.get(f"{hub.url}/chaos", trust_env=False).status_code != 200
    hub.stop()
    assert "Worker protocol" not in hub.process.output()


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
