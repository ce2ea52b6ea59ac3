"""Both sides are looked at before anything is copied."""

import pytest

from examples.db_migration import checks, copying
from examples.db_migration.databases import Database
from examples.db_migration.problems import (
    DatabaseUnreachable,
    NotEnoughSpace,
    SchemaDoesNotFit,
    TargetNotEmpty,
)


def test_fitting_sides_pass(source, target):
    checks.validate_sides(source, target)


def test_missing_table_is_named(source, target):
    target.execute("DROP TABLE order_lines")
    with pytest.raises(SchemaDoesNotFit, match="new has no table order_lines") as found:
        checks.validate_sides(source, target)
    assert not found.value.recoverable


def test_missing_and_wrong_columns_are_named(source, target):
    target.execute("ALTER TABLE orders RENAME COLUMN placed_at TO placed")
    with pytest.raises(SchemaDoesNotFit, match=r"orders\.placed_at is missing"):
        checks.validate_sides(source, target)


def test_target_that_holds_rows_is_refused(source, target):
    for _ in copying.copy(source, target, copying.begin_copy(source)):
        break
    with pytest.raises(TargetNotEmpty):
        checks.validate_sides(source, target)


def test_space_is_looked_at(config, source):
    new = config.database("new")
    with Database("new", "new", new.url, quota_mb=0).open() as small, pytest.raises(NotEnoughSpace):
        checks.validate_sides(source, small)


@pytest.mark.parametrize(
    "url",
    ["sqlite:////nowhere/at/all.sqlite3", "postgresql://shop:secret@127.0.0.1:1/shop?connect_timeout=2"],
)
def test_unreachable_database_is_recoverable_and_keeps_its_address(url):
    with pytest.raises(DatabaseUnreachable) as found:
        Database("away", "Away", url).connect()
    assert found.value.recoverable
    assert "127.0.0.1" not in str(found.value)
    assert "secret" not in str(found.value)
    assert "nowhere" not in str(found.value)
