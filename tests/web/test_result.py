"""A task's result on its page: names and values, in people's words."""

import pytest

from apps.tasks.models import Task
from apps.web.pages.result import result_groups


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ({"rows": 219900}, [("Rows", "219,900")]),
        ({"equal": True, "note": "ok"}, [("Equal", "Yes"), ("Note", "ok")]),
        ({"copied": {"order_lines": 3}}, [("Copied · Order lines", "3")]),
        ({"a": {"b": {"c": 1}}}, [("A · B", '{"c": 1}')]),
        ("done", [("", "done")]),
        ([1, 2], [("", "[1, 2]")]),
    ],
)
def test_result_is_readable(result: object, said: list[tuple[str, str]]) -> None:
    (group,) = result_groups(Task(result=result))
    assert [(field.label, field.text) for field in group["fields"]] == said


@pytest.mark.parametrize("result", [None, {}])
def test_nothing_is_nothing(result: object) -> None:
    assert result_groups(Task(result=result)) == []
