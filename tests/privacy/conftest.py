"""A still world for each test."""

from collections.abc import Iterator

import pytest

from .stillness import Dice, stillness


@pytest.fixture
def dice() -> Iterator[Dice]:
    with stillness() as dice:
        yield dice
