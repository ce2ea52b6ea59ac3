"""Each event type is documented where it is declared, and the guide for integrators says the same."""

from apps.events import event_types
from tests.servers import ROOT

from .event_types import documented_types, table


def test_every_type_is_documented() -> None:
    assert set(documented_types()) == event_types.ALL


def test_guide_lists_the_same() -> None:
    """To mend it, put what `table()` returns into the section *Events*."""
    section = (ROOT / "docs/integrators.md").read_text().partition("\n## Events\n")[2].partition("\n## ")[0]
    assert [line for line in section.splitlines() if line.startswith("| `")] == table()
