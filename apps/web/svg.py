"""Small directed graphs (stages, steps) as plain numbers; `tasks/_graph.html` turns them into SVG elements.

Layered layout: longest-path layers, dummy points for edges that skip a layer, barycentre ordering, back edges
around the outside. 60 nodes take a few milliseconds. Edges may still pass behind a box.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import gettext as _

BOX_WIDTH, BOX_HEIGHT = 150, 34
GAP_ALONG, GAP_ACROSS = 30, 16
MARGIN, LANE, TIP, LETTERS = 2, 16, 6, 21
SWEEPS = 8

Link = tuple[str, str]


class Dummy(NamedTuple):
    """Where the edge `source` → `target` passes the layer `rank`."""

    source: str
    target: str
    rank: int


Point = str | Dummy
Layers = list[list[Point]]


@dataclass(frozen=True)
class Node:
    """A box; `tone` is "done", "current", "wait" (on a person), "bad" or ""."""

    name: str
    label: str
    title: str
    tone: str
    x: int
    y: int
    width: int = BOX_WIDTH
    height: int = BOX_HEIGHT

    @property
    def text_x(self) -> int:
        """Where the middle of the label stands."""
        return self.x + self.width // 2

    @property
    def text_y(self) -> int:
        """The label's base line."""
        return self.y + self.height // 2 + 4


@dataclass(frozen=True)
class Edge:
    """A line with its tip, both as the `d` of a <path>."""

    source: str
    target: str
    path: str
    tip: str


@dataclass(frozen=True)
class Graph:
    """The numbers that the template draws, and `words` with the same meaning."""

    width: int
    height: int
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    words: str


def draw(
    labels: Mapping[str, str],
    links: Iterable[Link],
    *,
    tones: Mapping[str, str] | None = None,
) -> Graph:
    """The graph of `labels` (name → label, in order) and `links`. Unknown ends, loops and doubles are left out."""
    known = list(dict.fromkeys((a, b) for a, b in links if a in labels and b in labels and a != b))
    back = _back_links(list(labels), known)
    forward = [link for link in known if link not in back]
    layers, chains = _layers(list(labels), forward)
    _order(layers, chains.values())
    frame = _Frame(layers)
    nodes = tuple(_node(frame, name, label, (tones or {}).get(name, "")) for name, label in labels.items())
    edges = [_forward(frame, chains[link]) for link in forward]
    edges += [_around(frame, link, lane) for lane, link in enumerate(back)]
    width, height = frame.size(lanes=len(back))
    return Graph(width, height, nodes, tuple(edges), _words(nodes))


def _back_links(names: Sequence[str], links: Sequence[Link]) -> list[Link]:
    """Links that close a circle, found depth first in the given order."""
    following: dict[str, list[str]] = defaultdict(list)
    for a, b in links:
        following[a].append(b)
    back: list[Link] = []
    open_, seen = set(), set()
    for root in names:
        stack = [] if root in seen else [(root, iter(following[root]))]
        seen.add(root)
        open_.add(root)
        while stack:
            name, rest = stack[-1]
            for other in rest:
                if other in open_:
                    back.append((name, other))
                elif other not in seen:
                    seen.add(other)
                    open_.add(other)
                    stack.append((other, iter(following[other])))
                    break
            else:
                open_.discard(name)
                stack.pop()
        open_.discard(root)
    return back


def _ranks(names: Sequence[str], forward: Sequence[Link]) -> dict[str, int]:
    """The longest path that leads to each name; `forward` has no circles."""
    rank = dict.fromkeys(names, 0)
    waiting = dict.fromkeys(names, 0)
    for _a, b in forward:
        waiting[b] += 1
    ready = [name for name in names if not waiting[name]]
    while ready:
        name = ready.pop()
        for a, b in forward:
            if a == name:
                rank[b] = max(rank[b], rank[a] + 1)
                waiting[b] -= 1
                if not waiting[b]:
                    ready.append(b)
    return rank


def _layers(names: Sequence[str], forward: Sequence[Link]) -> tuple[Layers, dict[Link, list[Point]]]:
    """Names by rank with the dummies between, and each link as the chain of points that it passes."""
    rank = _ranks(names, forward)
    layers: Layers = [[] for _rank in range(max(rank.values(), default=0) + 1)]
    for name in names:
        layers[rank[name]].append(name)
    chains: dict[Link, list[Point]] = {}
    for a, b in forward:
        between = [Dummy(a, b, step) for step in range(rank[a] + 1, rank[b])]
        for dummy in between:
            layers[dummy.rank].append(dummy)
        chains[a, b] = [a, *between, b]
    return layers, chains


def _order(layers: Layers, chains: Iterable[list[Point]]) -> None:
    """Sorts each layer by the mean place of its neighbours, down and up in turn."""
    above: dict[Point, list[Point]] = defaultdict(list)
    below: dict[Point, list[Point]] = defaultdict(list)
    for chain in chains:
        for first, second in itertools.pairwise(chain):
            below[first].append(second)
            above[second].append(first)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for index in range(1, len(layers)) if down else range(len(layers) - 2, -1, -1):
            place = {point: k for k, point in enumerate(layers[index - 1 if down else index + 1])}
            _sort_by(layers[index], place, above if down else below)


def _sort_by(layer: list[Point], place: Mapping[Point, int], near: Mapping[Point, list[Point]]) -> None:
    def mean(point: Point) -> float:
        places = [place[other] for other in near.get(point, []) if other in place]
        return sum(places) / len(places) if places else own[point]

    own = {point: k for k, point in enumerate(layer)}
    layer.sort(key=mean)


class _Frame:
    """Places of points. `along` (y) runs with the layers, `across` (x) within one."""

    def __init__(self, layers: Layers) -> None:
        self.thick, self.long = BOX_HEIGHT, BOX_WIDTH
        widest = max(map(len, layers))
        self.place: dict[Point, tuple[int, int]] = {}
        for rank, layer in enumerate(layers):
            start = (widest - len(layer)) * (self.long + GAP_ACROSS) // 2
            for k, point in enumerate(layer):
                across = MARGIN + start + k * (self.long + GAP_ACROSS)
                self.place[point] = (across, MARGIN + rank * (self.thick + GAP_ALONG))
        self.end_across = MARGIN + widest * (self.long + GAP_ACROSS) - GAP_ACROSS
        self.end_along = MARGIN + len(layers) * (self.thick + GAP_ALONG) - GAP_ALONG

    def at(self, across: int, along: int) -> str:
        """A point of a path."""
        return f"{across} {along}"

    def size(self, lanes: int) -> tuple[int, int]:
        """Width and height with room for the back edges."""
        across = self.end_across + MARGIN + (lanes * LANE + TIP if lanes else 0)
        along = self.end_along + MARGIN
        return across, along


def _node(frame: _Frame, name: str, label: str, tone: str) -> Node:
    x, y = frame.place[name]
    short = label if len(label) <= LETTERS else label[: LETTERS - 1].rstrip() + "…"
    state = {"done": _("passed"), "current": _("now"), "wait": _("now"), "bad": _("failed")}.get(tone)
    return Node(name, short, f"{label}, {state}" if state else label, tone, x, y)


def _forward(frame: _Frame, chain: list[Point]) -> Edge:
    """A smooth line from box to box through the dummies of its chain."""
    stops: list[tuple[int, int]] = []
    for point in chain:
        across, along = frame.place[point]
        middle = across + frame.long // 2
        if point is not chain[0]:
            stops.append((middle, along - (TIP if point is chain[-1] else 0)))
        if point is not chain[-1]:
            stops.append((middle, along + frame.thick))
    path = [f"M{frame.at(*stops[0])}"]
    for (across1, along1), (across2, along2) in itertools.pairwise(stops):
        half = (along1 + along2) // 2
        path.append(f"C{frame.at(across1, half)} {frame.at(across2, half)} {frame.at(across2, along2)}")
    across, along = stops[-1]
    tip = f"M{frame.at(across - 4, along)}L{frame.at(across + 4, along)}L{frame.at(across, along + TIP)}z"
    return Edge(str(chain[0]), str(chain[-1]), "".join(path), tip)


def _around(frame: _Frame, link: Link, lane: int) -> Edge:
    """A line out to its own lane beside the boxes, and back to an earlier layer."""
    (across1, along1), (across2, along2) = frame.place[link[0]], frame.place[link[1]]
    side = frame.end_across + TIP + (lane + 1) * LANE - LANE // 2
    start, end, half = across1 + frame.long, across2 + frame.long + TIP, frame.thick // 2
    y1, y2 = along1 + half, along2 + half
    path = (
        f"M{frame.at(start, y1)}L{frame.at(side - 8, y1)}Q{frame.at(side, y1)} {frame.at(side, y1 - 8)}"
        f"L{frame.at(side, y2 + 8)}Q{frame.at(side, y2)} {frame.at(side - 8, y2)}L{frame.at(end, y2)}"
    )
    tip = f"M{frame.at(end, y2 - 4)}L{frame.at(end, y2 + 4)}L{frame.at(end - TIP, y2)}z"
    return Edge(link[0], link[1], path, tip)


def _words(nodes: Sequence[Node]) -> str:
    """The picture in words: the boxes in order, and the current one."""
    return ", ".join(node.title for node in nodes)
