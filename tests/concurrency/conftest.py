"""Tests here commit, so that other processes see what they see."""

from collections.abc import Iterator

import pytest
from django.db import connection

from tests.automation.conftest import function, kind, make_task

__all__ = ["function", "kind", "make_task"]


@pytest.fixture(autouse=True)
def closed_in_the_end(transactional_db: None) -> Iterator[None]:
    """A database can only be emptied when nobody else is in it."""
    yield
    connection.close()
