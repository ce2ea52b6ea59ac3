"""The shop's control over HTTP, and what *Done* is checked against."""

import threading

import pytest

from examples.db_migration import checks, copying
from examples.db_migration.config import Config
from examples.db_migration.problems import ShopUnreachable, WrongSource
from examples.db_migration.shop_control import ControlServer, ShopControl
from examples.db_migration.shop_mode import ModeRefused
from examples.db_migration.shop_process import Shop


@pytest.fixture
def control(config, source, target, unused_port, monkeypatch):
    """A shop that sells in a thread, with its control."""
    monkeypatch.setattr(checks, "PATIENCE", 1.0)
    for _ in copying.copy(source, target, copying.begin_copy(source)):
        pass
    stop = threading.Event()
    shop = Shop(Config(config.data_dir, config.databases, f"http://127.0.0.1:{unused_port}"), seed=1)
    server = ControlServer(shop)
    threads = [
        threading.Thread(target=server.serve_forever),
        threading.Thread(target=shop.run, kwargs={"per_second": 100, "stop": stop}),
    ]
    for thread in threads:
        thread.start()
    yield ShopControl(shop.config.shop_control)
    stop.set()
    server.shutdown()
    server.server_close()
    for thread in threads:
        thread.join(5)


def test_done_is_not_believed_before_it_is_done(control, source, target):
    wrong = checks.why_not_writing(control, source, target, "async")
    assert "writes=a" in wrong
    assert "wanted: writes=async" in wrong
    assert "reads=a" in checks.why_not_reading(control, "b")


def test_switched_shop_passes_step_by_step(control, source, target):
    control.switch(b="new", writes="async")
    assert checks.why_not_writing(control, source, target, "async") is None
    copying.sync_changes(source, target, after=1)
    control.switch(writes="sync")
    assert checks.why_not_writing(control, source, target, "sync") is None
    control.switch(reads="b")
    assert checks.why_not_reading(control, "b") is None


def test_refused_mode_comes_back_with_its_reason(control):
    with pytest.raises(ModeRefused, match="needs writes=sync"):
        control.switch(reads="b")


def test_source_must_be_what_the_shop_writes_to(control):
    checks.validate_shop(control, "old")
    with pytest.raises(WrongSource, match="writes to old"):
        checks.validate_shop(control, "new")


def test_silent_shop_is_recoverable(unused_port):
    with pytest.raises(ShopUnreachable) as away:
        ShopControl(f"http://127.0.0.1:{unused_port}").status()
    assert away.value.recoverable
