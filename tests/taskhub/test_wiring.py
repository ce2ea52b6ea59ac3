"""Every port that an app declares is filled at start; one that is not says so."""

import importlib
import importlib.util
import pkgutil

import pytest

import apps
from apps.core.ports import Port


def declared() -> list[Port[object]]:
    names = [f"apps.{app.name}.ports" for app in pkgutil.iter_modules(apps.__path__) if app.name != "core"]
    modules = [importlib.import_module(name) for name in names if importlib.util.find_spec(name)]
    return [value for module in modules for value in vars(module).values() if isinstance(value, Port)]


def test_every_port_is_filled() -> None:
    assert len(declared()) >= 5
    assert [port.name for port in declared() if not port.is_filled] == []


def test_port_that_is_not_filled_says_so() -> None:
    port: Port[object] = Port("tasks.nothing")
    with pytest.raises(RuntimeError, match=r"tasks\.nothing is not filled"):
        port.get()
    port.fill("something")
    assert port.get() == "something"
