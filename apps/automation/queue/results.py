"""The answer to one item of a batch, whether it went well or not."""

from collections.abc import Callable
from typing import Any

from apps.core.errors import Problem, TaskHubError

from .bodies import Item

Result = dict[str, Any]


def done(item: Item, **more: Any) -> Result:
    """It was done."""
    return {"task": item.named, "ok": True, "status": 200, "code": None, "detail": None, **more}


def refused(item: Item, error: TaskHubError) -> Result:
    """It was not; pointers lead into the whole body."""
    errors = [_placed(problem, item.at).as_json() for problem in error.errors]
    answer = {"task": item.named, "ok": False, "status": error.status, "code": error.code, "detail": error.detail}
    return {**answer, "errors": errors}


def _placed(problem: Problem, at: str) -> Problem:
    return problem if problem.pointer.startswith(at) else problem.under(at)


def attempt(item: Item, act: Callable[[Item], Result]) -> Result:
    """What became of the item; a refusal is its own and nobody else's."""
    try:
        return act(item)
    except TaskHubError as error:
        return refused(item, error)
