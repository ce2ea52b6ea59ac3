"""An integral float is an integer in JSON, wherever a whole number is read."""

from typing import Any

import pytest

from apps.core.numbers import whole_of
from apps.core.shapes import Whole


@pytest.mark.parametrize(("value", "whole"), [(60, 60), (60.0, 60), (60.5, None), (True, None), ("60", None)])
def test_one_meaning(value: Any, whole: int | None) -> None:
    assert whole_of(value) == whole
    problems: list[Any] = []
    assert Whole(0, 100).read(value, "", problems) == whole
    assert bool(problems) == (whole is None)
