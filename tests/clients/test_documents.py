"""Manifests as people write them: YAML 1.2, read strictly."""

import pytest
from taskhub_client.cli import documents


@pytest.fixture
def read(tmp_path):
    def reading(text, name="manifest.yaml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return documents.read(str(tmp_path / name))

    return reading


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on: task.failed", {"on": "task.failed"}),
        ("enum: [yes, no, on, off, y, n, True, false]", {"enum": ["yes", "no", "on", "off", "y", "n", True, False]}),
        ("at: 2030-01-31", {"at": "2030-01-31"}),
        ("at: 2030-01-31T12:00:00Z", {"at": "2030-01-31T12:00:00Z"}),
        ("at: 12:30", {"at": "12:30"}),
        ("n: [1, -2, 0x1F, 0o17, 1_000, 1.5, 1e3, 010]", {"n": [1, -2, 31, 15, "1_000", 1.5, 1000.0, 10]}),
        ("n: [~, null, '', 'null']\nx:", {"n": [None, None, "", "null"], "x": None}),
        ("1: one\ntrue: yes", {"1": "one", "true": "yes"}),
        ("a: &x {b: 1}\nc: *x", {"a": {"b": 1}, "c": {"b": 1}}),
        ('{"on": [true, 1.0]}', {"on": [True, 1.0]}),
        ("title: Größe", {"title": "Größe"}),
    ],
)
def test_values_are_those_of_the_core_schema(read, text, value):
    assert read(text) == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", ["'a' stands on line 1", "line 3"]),
        ("x:\n  types: {t: 1}\n  types: {u: 1}\n", ["'types' stands on line 2", "line 3"]),
        ("base: &b {x: 1}\nc:\n  <<: *b\n", ["Merge keys", "line 3"]),
        ("? [1, 2]\n: x\n", ["must be a text"]),
        ("a: [", ["not YAML", "line 1"]),
        ("a: 1\n---\nb: 2\n", ["not YAML"]),
        ("a: !!python/object:os.system x", ["not YAML"]),
        ("- 1\n", ["one mapping"]),
        ("a: " + "[" * 5000, ["manifest.yaml"]),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(read, text, words):
    with pytest.raises(ValueError, match=words[0]) as refused:
        read(text)
    assert all(word in str(refused.value) for word in words)


def test_json_refuses_keys_that_stand_twice(read):
    with pytest.raises(ValueError, match=r"twice.*: a\."):
        read('{"a": 1, "a": 2}', name="manifest.json")
    with pytest.raises(ValueError, match="not JSON"):
        read('{"a": }', name="manifest.json")
