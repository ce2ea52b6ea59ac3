"""The table that a run prints, line by line as it is known."""

from benchmarks.load import Figures
from benchmarks.server import Hub

HEAD = ("what", "c", "per second", "p50 ms", "p99 ms", "raw SQL", "ratio", "target")
WIDTHS = (46, 4, 12, 9, 9, 12, 8, 12)


def report(name: str, connections: int, ours: Figures, raw: Figures | None, target: str) -> None:
    """One line of the table."""
    ratio = f"{100 * ours.rate / raw.rate:.0f} %" if raw and raw.rate else ""
    beside = f"{raw.rate:,.0f}" if raw else ""
    p50, p99 = f"{ours.percentile(50):.1f}", f"{ours.percentile(99):.1f}"
    show(name, str(connections), f"{ours.rate:,.0f}", p50, p99, beside, ratio, target)


def show(*cells: str) -> None:
    first, *rest = cells
    row = first.ljust(WIDTHS[0]) + "".join(cell.rjust(width) for cell, width in zip(rest, WIDTHS[1:], strict=False))
    print(row.rstrip(), flush=True)


def show_processes(hub: Hub) -> None:
    """How fast it started, and what its processes hold after all that."""
    parent, *web = hub.memory()
    show("start to the first answer", "", f"{hub.started_in:.1f} s", "", "", "", "", "<= 2 s")
    show("memory (PSS) of the web processes", "", f"{sum(web):,.0f} MiB", "", "", "", "", "<= 250 MiB")
    show("memory (PSS) of the parent", "", f"{parent:,.0f} MiB", "", "", "", "", "<= 35 MiB")
