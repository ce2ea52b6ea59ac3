"""The comparison finds each kind of difference, and goes on from a position with the same hashes."""

import itertools

import pytest

from examples.db_migration import copying, verifying
from examples.db_migration.problems import ContentDiffers


@pytest.fixture
def copied(source, target, monkeypatch):
    monkeypatch.setattr(verifying, "PAUSE", 0.01)
    for _ in copying.copy(source, target, copying.begin_copy(source)):
        pass


def verified(source, target, position=None):
    position = position or verifying.begin_verify(source, target)
    for _ in verifying.verify(source, target, position, chunk=100):
        pass
    return position


def test_equal_sides_pass_with_counts(copied, source, target):
    position = verified(source, target)
    assert position.rows == {"customers": 300, "orders": 900, "order_lines": 1800}
    assert all(len(digest) == 64 for digest in position.hashes.values())


def test_hash_is_the_same_when_it_goes_on_from_a_checkpoint(copied, source, target):
    whole = verified(source, target)
    position = verifying.begin_verify(source, target)
    for _ in itertools.islice(verifying.verify(source, target, position, chunk=100), 7):
        pass
    assert verified(source, target, verifying.VerifyPosition(**position.as_json())).hashes == whole.hashes


@pytest.mark.parametrize(
    ("change", "table", "key"),
    [
        ("UPDATE order_lines SET price_cents = price_cents + 1 WHERE id = 1234", "order_lines", 1234),
        ("UPDATE customers SET name = 'X' WHERE id = 300", "customers", 300),
        ("DELETE FROM order_lines WHERE id = 1800", "order_lines", 1800),
        ("INSERT INTO orders VALUES (5000, 1, 'placed', 1, 'x', 1)", "orders", 5000),
    ],
)
def test_difference_is_found_and_named(copied, source, target, change, table, key):
    target.execute(change)
    with pytest.raises(ContentDiffers) as found:
        verified(source, target)
    assert found.value.details == {"table": table, "keys": [key]}


def test_hash_changes_with_the_content(copied, source, target):
    before = verified(source, target).hashes
    for side in (source, target):
        side.execute("UPDATE customers SET name = 'X' WHERE id = 3")
    after = verified(source, target).hashes
    assert after["customers"] != before["customers"]
    assert after["orders"] == before["orders"]
