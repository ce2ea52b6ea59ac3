"""Problems of a form's plain inputs, as lines of its summary of errors."""

from collections.abc import Iterable, Mapping

from apps.core.errors import Invalid, Problem, TaskHubError

from .schema_form.contexts import ErrorLine


def place_problems(
    problems: Iterable[Problem], targets: Mapping[str, str], labels: Mapping[str, object] | None = None
) -> tuple[list[ErrorLine], list[Problem]]:
    """Lines for the problems of the inputs in `targets` (name → id), and the other problems."""
    lines, others = [], []
    for problem in problems:
        name = problem.pointer.lstrip("/")
        if name in targets:
            lines.append(ErrorLine(targets[name], str((labels or {}).get(name, "")), problem.detail))
        else:
            others.append(problem)
    return lines, others


def status_of(error: TaskHubError) -> int:
    """The status of a form that comes back with the errors of a refusal."""
    return 422 if isinstance(error, Invalid) else error.status


def problems_of(error: TaskHubError) -> list[Problem]:
    """The problems that a refusal names; at least one, without a place."""
    return list(error.errors) or [Problem("", error.code, error.detail)]
