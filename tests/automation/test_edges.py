"""The queue's own SQL moves tasks only as the lifecycle allows."""

import re

from apps.automation.queue import sql
from apps.tasks import lifecycle

STATEMENTS = [sql.claim_statement(["id"], most=1, repeatable=True), sql.complete_statement()]
WRITTEN = re.compile(r"SET\s+status = '(\w+)'")
EXPECTED = re.compile(r"t\.status = '(\w+)'")


def edges() -> set[tuple[str, str]]:
    """(from, to) as the statements spell them."""
    return {(EXPECTED.findall(text)[0], WRITTEN.findall(text)[0]) for text in STATEMENTS}


def test_edges_are_the_declared_ones() -> None:
    assert edges() == sql.EDGES
    assert edges() <= lifecycle.edges()


def test_other_statements_write_no_status() -> None:
    others = [sql.HEARTBEAT, *sql.PROMOTE.values()]
    assert not [text for text in others if re.search(r"SET[^;]*\bstatus =", text.split("WHERE")[0])]


def test_edge_that_is_not_declared_is_seen() -> None:
    assert not {("complete", "in_progress")} <= lifecycle.edges()
