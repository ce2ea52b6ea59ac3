"""No module imports another that imports it, however far around, wherever the import stands."""

import pytest

from .circles import circles, graph
from .source import Module, modules

KNOWN: set[tuple[str, ...]] = set()
"""The circles that still stand. The list only gets shorter: add none, take out those that are gone."""


def test_no_new_circle() -> None:
    """Each circle may lose modules of its own, never win one."""
    today = circles(graph(modules("apps", "taskhub")))
    assert [circle for circle in today if not any(set(circle) <= set(known) for known in KNOWN)] == []


def test_known_circles_are_still_there() -> None:
    """Take a circle that is gone, or a module that is out of it, from the list."""
    assert KNOWN - set(circles(graph(modules("apps", "taskhub")))) == set()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("from apps.x import b", "from apps.x import a"),
        ("from apps.x.b import value", "def f():\n    from apps.x.a import other"),
        ("from . import b", "if TYPE_CHECKING:\n    from .a import Other"),
        ("import apps.x.b", "from ..x import a"),
    ],
)
def test_circle_is_seen(one: str, other: str) -> None:
    imports = graph([Module("apps/x/a.py", one), Module("apps/x/b.py", other)])
    assert circles(imports) == [("apps.x.a", "apps.x.b")]


def test_circle_through_a_package_is_seen() -> None:
    sources = {
        "apps/x/__init__.py": "from .a import f",
        "apps/x/a.py": "import apps.y.b",
        "apps/y/b.py": "import apps.x.c",
    }
    imports = graph([Module("apps/x/c.py", ""), *(Module(path, text) for path, text in sources.items())])
    assert circles(imports) == [("apps.x", "apps.x.a", "apps.y.b")]


def test_long_way_round_is_seen() -> None:
    texts = {"a": "import apps.x.b", "b": "import apps.x.c", "c": "import apps.x.a", "d": "import apps.x.a"}
    imports = graph(Module(f"apps/x/{name}.py", text) for name, text in texts.items())
    assert circles(imports) == [("apps.x.a", "apps.x.b", "apps.x.c")]


def test_import_of_a_sibling_is_no_circle() -> None:
    assert (
        circles(
            graph(
                [
                    Module("apps/x/__init__.py", "from .a import f"),
                    Module("apps/x/a.py", "from . import b"),
                    Module("apps/x/b.py", ""),
                ]
            )
        )
        == []
    )
