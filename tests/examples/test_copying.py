"""Copying and syncing: complete, repeatable, and exact about what is refused."""

import pytest

from examples.db_migration import copying, shop_data
from examples.db_migration.databases import Connection
from examples.db_migration.problems import ConstraintViolated
from examples.db_migration.shop_process import Shop, run_until

from .content import content


def copy_all(source: Connection, target: Connection) -> copying.CopyPosition:
    position = copying.begin_copy(source)
    for _ in copying.copy(source, target, position, chunk=100):
        pass
    return position


def test_copy_brings_every_row(source, target):
    position = copy_all(source, target)
    assert content(target) == content(source)
    assert position.done == position.total
    assert position.percent == 100


def test_copy_goes_on_from_any_kept_position(source, target):
    """The position kept may be older than what the target holds: nothing comes twice, nothing is left out."""
    kept = None
    for number, position in enumerate(copying.copy(source, target, copying.begin_copy(source), chunk=100)):
        if number == 7:
            kept = copying.CopyPosition(**position.as_json())
        if number == 12:
            break
    for _ in copying.copy(source, target, kept, chunk=100):
        pass
    assert content(target) == content(source)


def test_refused_row_is_named_and_copy_goes_on_after_the_fix(source, target):
    key = shop_data.spoil(source)
    position = copying.begin_copy(source)
    with pytest.raises(ConstraintViolated) as refused:
        for _ in copying.copy(source, target, position, chunk=100):
            pass
    assert refused.value.details["table"] == "order_lines"
    assert refused.value.details["key"] == key
    assert "order_lines_quantity_positive" in refused.value.details["constraint"]
    assert not refused.value.recoverable
    assert position.after < key
    assert shop_data.mend(source) == 1
    for _ in copying.copy(source, target, position, chunk=100):
        pass
    assert content(target) == content(source)


def test_rows_written_during_the_copy_come_by_sync(config, source, target):
    shop = Shop(config, seed=4)
    begun = copying.begin_copy(source)
    steps = copying.copy(source, target, begun, chunk=100)
    for _ in steps:
        shop.tick()
    run_until(shop, 0.3)
    assert content(target) != content(source)
    brought = copying.sync_changes(source, target, after=begun.change_no)
    assert content(target) == content(source)
    assert brought.total > 0
    assert copying.sync_changes(source, target, after=brought.reached).total == 0


def test_older_row_never_replaces_newer_one(source, target):
    copy_all(source, target)
    target.execute("UPDATE orders SET status = ?, change_no = ? WHERE id = ?", ("shipped", 99, 1))
    copy_all(source, target)
    assert target.query("SELECT status, change_no FROM orders WHERE id = ?", (1,)) == [("shipped", 99)]
