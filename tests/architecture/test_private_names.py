"""Tests use public doors: what they reach by a private name is part of no promise."""

import pytest

from .private_names import reached
from .source import Module, modules


def test_tests_reach_no_private_name() -> None:
    found = [name for module in modules("tests") for name in reached(module)]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "module._cache.clear()",
        "from apps.core.x import _cache",
        'vars(module)["_cache"]',
        'module.__dict__["_cache"]',
        'getattr(module, "_cache")',
        'monkeypatch.setattr(module, "_cache", {})',
        'monkeypatch.setattr("apps.core.x._cache", {})',
        'patch.object(module, "_cache")',
        'mock.patch("apps.core.x._cache")',
    ],
)
def test_private_name_is_seen(text: str) -> None:
    assert list(reached(Module("tests/x.py", text)))


@pytest.mark.parametrize(
    "text",
    ["self._mine()", "Task._meta", "os._exit(0)", "x.__class__", 'client.post(url, {"_save": "x"})', "from x import _"],
)
def test_own_or_documented_name_is_not(text: str) -> None:
    assert not list(reached(Module("tests/x.py", text)))
