"""The layered graph: every box and edge is drawn once, inside the picture, whatever the graph looks like."""

import re

from hypothesis import given
from hypothesis import strategies as st

from apps.web import svg

LABELS = {"new": "New", "auto": "Automated", "ask": "Needs input", "review": "Review", "done": "Done"}
LINKS = [
    ("new", "auto"),
    ("auto", "ask"),
    ("ask", "auto"),
    ("auto", "review"),
    ("review", "done"),
    ("new", "done"),
]
names = st.sampled_from([f"n{i}" for i in range(12)])


def numbers(text: str) -> list[int]:
    return [int(found) for found in re.findall(r"-?\d+", text)]


def test_layers_follow_the_links() -> None:
    graph = svg.draw(LABELS, LINKS)
    y = {node.name: node.y for node in graph.nodes}
    assert y["new"] < y["auto"] < y["review"] < y["done"]
    assert y["ask"] == y["review"]


def test_boxes_do_not_overlap() -> None:
    places = [(node.x, node.y) for node in svg.draw(LABELS, LINKS).nodes]
    assert len(set(places)) == len(LABELS)


def test_back_edge_is_drawn_around_the_boxes() -> None:
    graph = svg.draw(LABELS, LINKS)
    back = next(edge for edge in graph.edges if (edge.source, edge.target) == ("ask", "auto"))
    assert max(numbers(back.path)) > max(node.x + node.width for node in graph.nodes)


def test_tones() -> None:
    graph = svg.draw(LABELS, LINKS, tones={"auto": "bad", "ask": "current"})
    assert {node.name: node.tone for node in graph.nodes if node.tone} == {"auto": "bad", "ask": "current"}
    assert "Needs input, now" in graph.words


def test_long_label_is_shortened_but_said_in_full() -> None:
    node = svg.draw({"a": "Waiting for the second approval"}, []).nodes[0]
    assert len(node.label) <= svg.LETTERS
    assert node.title == "Waiting for the second approval"


def test_unknown_ends_loops_and_doubles_are_left_out() -> None:
    graph = svg.draw({"a": "A", "b": "B"}, [("a", "b"), ("a", "b"), ("a", "a"), ("a", "gone")])
    assert [(edge.source, edge.target) for edge in graph.edges] == [("a", "b")]


@given(st.lists(st.tuples(names, names), max_size=40))
def test_everything_lies_inside_the_picture(links: list[tuple[str, str]]) -> None:
    labels = {f"n{i}": f"Step {i}" for i in range(12)}
    graph = svg.draw(labels, links)
    assert len(graph.nodes) == 12
    assert len(graph.edges) == len({link for link in links if link[0] != link[1]})
    for node in graph.nodes:
        assert 0 <= node.x <= graph.width - node.width
        assert 0 <= node.y <= graph.height - node.height
    for edge in graph.edges:
        points = numbers(edge.path)
        assert all(0 <= x <= graph.width for x in points[::2])
        assert all(0 <= y <= graph.height for y in points[1::2])
