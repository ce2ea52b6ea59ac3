"""The shop writes and reads where its mode says, and loses nothing while it is switched."""

import pytest

from examples.db_migration import checks, copying
from examples.db_migration.problems import DatabaseUnreachable
from examples.db_migration.shop_mode import ModeRefused, change_mode
from examples.db_migration.shop_process import Shop

from .content import content


def sell(shop, times):
    for _ in range(times):
        shop.tick()


@pytest.fixture
def shop(config):
    return Shop(config, seed=1)


@pytest.fixture
def copied(source, target):
    for _ in copying.copy(source, target, copying.begin_copy(source)):
        pass


def test_alone_it_writes_to_a_only(shop, source, target):
    sell(shop, 20)
    assert source.max_change() == 21
    assert target.max_change() == 0
    assert checks.lag_rows(source) == 0


def test_async_forwards_what_it_writes(config, copied, shop, source, target):
    change_mode(config, {"b": "new", "writes": "async"})
    sell(shop, 40)
    assert content(target) == content(source)
    assert checks.lag_rows(source) == 0


def test_async_waits_for_rows_that_only_sync_brings(config, copied, shop, source, target):
    sell(shop, 30)
    change_mode(config, {"b": "new", "writes": "async"})
    sell(shop, 60)
    assert shop.status()["waits_for"]
    assert checks.lag_rows(source) > 0
    copying.sync_changes(source, target, after=1)
    sell(shop, 5)
    assert shop.status()["waits_for"] is None
    assert content(target) == content(source)


def test_sync_has_every_row_on_both_sides_at_once(config, copied, shop, source, target):
    change_mode(config, {"b": "new", "writes": "sync"})
    shop.tick()
    for _ in range(20):
        shop.sell()
        assert target.max_change() == source.max_change()
    assert content(target) == content(source)


def test_rows_wait_in_the_outbox_while_b_is_away(config, copied, shop, source, target, monkeypatch):
    change_mode(config, {"b": "new", "writes": "async"})
    sell(shop, 3)
    with monkeypatch.context() as patch:
        patch.setattr(shop.sides["new"], "execute_many", away)
        with pytest.raises(DatabaseUnreachable):
            sell(shop, 3)
    assert checks.lag_rows(source) > 0
    sell(shop, 1)
    assert content(target) == content(source)


def away(*_: object) -> None:
    raise DatabaseUnreachable("new cannot be reached")


def test_reads_from_b_find_every_order(config, copied, shop):
    change_mode(config, {"b": "new", "writes": "sync"})
    change_mode(config, {"reads": "b"})
    sell(shop, 50)
    assert shop.status()["counts"]["reads_missing"] == 0
    assert shop.status()["counts"]["reads"] == 50


def test_restarted_shop_goes_on_with_new_keys(config, shop, source):
    sell(shop, 10)
    before = source.max_change()
    sell(Shop(config, seed=2), 10)
    assert source.max_change() == before + 10


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"writes": "async"}, "needs b"),
        ({"writes": "both"}, "writes is one of"),
        ({"reads": "b"}, "needs writes=sync"),
        ({"b": "old"}, "the same database"),
        ({"b": "elsewhere"}, "no database called"),
        ({"mode": "async"}, "unknown"),
    ],
)
def test_mode_that_would_lose_something_is_refused(config, changes, why):
    with pytest.raises(ModeRefused, match=why):
        change_mode(config, changes)
