"""From a post to the values of the fields that the form asks for, and of no others."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from django.utils.translation import gettext as _

from apps.containers import schema as schemas
from apps.containers.schema.controls import Control
from apps.core.errors import Problem

from . import times
from .form import EMPTY, MOST_ROWS, NOTHING, Form, FormField
from .scalars import Reading, Unreadable, as_posted, coded_options, one_newline, text_of, value_of

INDEX = re.compile(r"0|[1-9]\d{0,4}")
# Ends the name of the input that says which of two equal times is meant.


class Posted(Protocol):
    """The part of a QueryDict that is read."""

    def getlist(self, key: str) -> list[str]: ...
    def __iter__(self) -> Any: ...


@dataclass(frozen=True)
class Submission:
    """A posted form, read: values to set, names of fields to remove, problems, and the post itself.

    `rows` maps the path of a list to the posted row of each of its entries: empty rows are skipped.
    """

    values: dict[str, Any] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    posted: Posted | None = None
    rows: Mapping[str, list[int]] = field(default_factory=dict)

    def merged(self, current: Mapping[str, Any]) -> dict[str, Any]:
        """The fields as they are once the submission is stored."""
        result = {name: value for name, value in current.items() if name not in self.removed}
        return {**result, **self.values}

    def with_problems(self, problems: Iterable[Problem] = ()) -> "Submission":
        """The same values with other problems; with none where a service is to name them."""
        return replace(self, problems=tuple(problems))


def parse_form(form: Form, posted: Posted) -> Submission:
    """Reads the fields that were asked; a field of which nothing was posted is left as it is.

    An empty optional field is taken away; a required one that is empty is a problem, and so is a value that does
    not fit the schema: all that is wrong is reported at once.
    """
    reader = _Reader(form, posted)
    results = {field.request.name: reader.read_field(field) for field in form.fields}
    values = {name: value for name, value in results.items() if value is not NOTHING and value is not EMPTY}
    removed = tuple(name for name, value in results.items() if value is EMPTY and name in form.current)
    merged = Submission(values, removed).merged(form.current)
    problems = reader.problems + [
        Problem(f"/{form.prefix}/{field.request.name}", "required", _("This is required."))
        for field in form.fields
        if field.required
        and not reader.has_problem_at(field.request.name)
        and schemas.missing(form.schema, [field.request.name], merged)
    ]
    problems += _misfits(form, merged, problems)
    return Submission(values, removed, tuple(problems), posted, reader.rows)


def read_draft(form: Form, posted: Posted) -> dict[str, Any]:
    """The posted fields as a draft: unreadable texts as they were typed, null for an emptied field."""
    reader = _Reader(form, posted, drafting=True)
    draft = {field.request.name: reader.read_field(field) for field in form.fields}
    return {name: None if value is EMPTY else value for name, value in draft.items() if value is not NOTHING}


def _misfits(form: Form, merged: Mapping[str, Any], known: list[Problem]) -> list[Problem]:
    """Violations of the schema by the asked fields, where no problem is known yet."""
    at = f"/{form.prefix}"
    asked = {f"{at}/{field.request.name}" for field in form.fields}
    reported = {"/".join(problem.pointer.split("/")[:3]) for problem in known}
    violations = schemas.validate_partial(schemas.fingerprint(form.schema), form.schema, dict(merged), at=at)
    return [
        problem
        for problem in violations
        if (top := "/".join(problem.pointer.split("/")[:3])) in asked and top not in reported
    ]


class _Reader:
    """Reads one post. Names are dotted paths; problems point to the same paths."""

    def __init__(self, form: Form, posted: Posted, *, drafting: bool = False) -> None:
        self.form = form
        self.posted = posted
        self.drafting = drafting
        self.problems: list[Problem] = []
        self.rows: dict[str, list[int]] = {}

    def has_problem_at(self, name: str) -> bool:
        at = f"/{self.form.prefix}/{name}"
        return any(problem.pointer == at or problem.pointer.startswith(f"{at}/") for problem in self.problems)

    def read_field(self, field: FormField) -> Any:
        path = f"{self.form.prefix}.{field.request.name}"
        if not is_posted(self.posted, path):
            return NOTHING
        return self.read(path, field.control, field.start)

    def read(self, path: str, control: Control, start: Any) -> Any:
        """The value at a path: EMPTY if nothing was typed, NOTHING if it cannot be read (a problem says why)."""
        if control.kind == "object":
            return self._object(path, control, start)
        if control.kind == "choices":
            return self._choices(path, control, start)
        if control.kind in ("list", "rows"):
            return self._entries(path, control, start)
        return self._scalar(path, control, start)

    def _scalar(self, path: str, control: Control, start: Any) -> Any:
        text = (self.posted.getlist(path) or [""])[-1]
        offset = (self.posted.getlist(path + times.OFFSET_SUFFIX) or [""])[-1]
        if is_unchanged(control, text, offset, start, self.form):
            return start
        if not text.strip():
            return EMPTY
        try:
            return value_of(control, text, Reading(self.form.zone, offset))
        except Unreadable as error:
            code = "ambiguous_time" if isinstance(error.__cause__, times.AmbiguousTime) else "invalid"
            self.problems.append(Problem("/" + path.replace(".", "/"), code, str(error)))
            return text.replace("\0", "") if self.drafting else NOTHING

    def _object(self, path: str, control: Control, start: Any) -> Any:
        before = start if isinstance(start, dict) else {}
        result = dict(before)
        answered = len(self.problems)
        for part in control.parts:
            value = self.read(f"{path}.{part.name}", part.control, before.get(part.name, NOTHING))
            if value is EMPTY:
                result.pop(part.name, None)
            elif value is not NOTHING:
                result[part.name] = value
        is_blank = len(self.problems) == answered and not any(part.name in result for part in control.parts)
        return EMPTY if is_blank and result != start else result

    def _choices(self, path: str, control: Control, start: Any) -> Any:
        codes = [one_newline(code) for code in self.posted.getlist(path) if code]
        item = control.item or control
        if isinstance(start, list) and sorted(codes) == sorted(
            {text_of(item, entry, self.form.zone) for entry in start}
        ):
            return start
        known = {code: value for code, value, _title in coded_options(control)}
        if not all(code in known for code in codes):
            self.problems.append(Problem("/" + path.replace(".", "/"), "invalid", _("Choose from the options.")))
            return NOTHING
        return [value for code, value in known.items() if code in codes] or EMPTY

    def _entries(self, path: str, control: Control, start: Any) -> Any:
        before = start if isinstance(start, list) else []
        item = control.item or control
        result: list[Any] = []
        used = self.rows[path] = []
        for row in rows_of(self.posted, path)[:MOST_ROWS]:
            first = len(self.problems)
            value = self.read(f"{path}.{row}", item, before[row] if row < len(before) else NOTHING)
            if value is EMPTY:
                continue
            self.problems[first:] = [_at_entry(problem, path, row, len(result)) for problem in self.problems[first:]]
            used.append(row)
            result.append(None if value is NOTHING else value)
        if result == before and isinstance(start, list):
            return start
        return result or EMPTY


def _at_entry(problem: Problem, path: str, row: int, entry: int) -> Problem:
    """The problem of a row, at the entry that the row makes."""
    top = "/" + path.replace(".", "/")
    return Problem(f"{top}/{entry}" + problem.pointer.removeprefix(f"{top}/{row}"), problem.code, problem.detail)


def is_unchanged(control: Control, text: str, offset: str, start: Any, form: Form) -> bool:
    """Whether the control still shows what it started with: then the value stays, to the last digit."""
    if start is NOTHING or start is EMPTY:
        return False
    same = as_posted(control, text) == as_posted(control, text_of(control, start, form.zone))
    if same and control.kind == "date-time" and offset:
        timestamp = times.datetime_of(start, form.zone)
        return timestamp is None or times.offset_text(timestamp) == offset
    return same


def is_posted(posted: Posted, path: str) -> bool:
    """Whether anything was posted for a path or below it."""
    return any(name == path or name.startswith(f"{path}.") for name in posted)


# --- Rows ----------------------------------------------------------------------------------------


def rows_of(posted: Posted, path: str) -> list[int]:
    """The numbers of the rows that were posted for a list, in order."""
    numbers = {name.removeprefix(f"{path}.").partition(".")[0] for name in posted if name.startswith(f"{path}.")}
    return sorted(int(number) for number in numbers if INDEX.fullmatch(number))
