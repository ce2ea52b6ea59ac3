"""From what a person posted to a merge of the fields that were asked, and nothing else."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.utils.translation import gettext as _

from apps.containers import schema as schemas
from apps.containers.schema.controls import Control
from apps.core.errors import Problem

from . import times
from .form import EMPTY, NOTHING, Form, Question, condition_of, holds
from .scalars import NotReadable, Reading, coded_options, text_of, value_of

MOST_ROWS = 500
INDEX = re.compile(r"0|[1-9]\d{0,4}")
# Names beside an input: which of two equal times is meant.
OFFSET_SUFFIX = ".offset"


class Posted(Protocol):
    """The part of a QueryDict that is read."""

    def getlist(self, key: str) -> list[str]: ...
    def __iter__(self) -> Any: ...


@dataclass(frozen=True)
class Answer:
    """What a post says: values to set, names of fields to take away, what cannot be, and the texts as typed.

    `rows` tells which posted row each entry of a list came from, by the list's path: empty rows close up.
    """

    values: dict[str, Any] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    typed: Posted | None = None
    rows: Mapping[str, list[int]] = field(default_factory=dict)

    def merged(self, current: Mapping[str, Any]) -> dict[str, Any]:
        """The fields as they are once the answer is taken."""
        result = {name: value for name, value in current.items() if name not in self.removed}
        return {**result, **self.values}


def parse_form(form: Form, posted: Posted, *, require: bool = True) -> Answer:
    """Reads the fields that were asked; a field of which nothing was posted is left as it is.

    An empty optional field is taken away; a required one that is empty is a problem, and so is a value that does
    not fit the schema: all that is wrong is told at once. Without `require` nothing is missed (to cancel a task
    nobody has to fill in its form).
    """
    reader = _Reader(form, posted)
    results = {question.asked.name: reader.read_question(question) for question in form.questions}
    values = {name: value for name, value in results.items() if value is not NOTHING and value is not EMPTY}
    removed = tuple(name for name, value in results.items() if value is EMPTY and name in form.current)
    merged = Answer(values, removed).merged(form.current)
    problems = reader.problems + [
        Problem(f"/{form.prefix}/{question.asked.name}", "required", _("This is required."))
        for question in form.questions
        if require and question.required and _is_missing(question, results[question.asked.name], merged, reader)
    ]
    problems += _misfits(form, merged, problems)
    return Answer(values, removed, tuple(problems), posted, reader.rows)


def read_draft(form: Form, posted: Posted) -> dict[str, Any]:
    """The posted fields as a draft: texts that cannot be read (yet) as they are, null for an emptied field."""
    reader = _Reader(form, posted, drafting=True)
    draft = {question.asked.name: reader.read_question(question) for question in form.questions}
    return {name: None if value is EMPTY else value for name, value in draft.items() if value is not NOTHING}


def _is_missing(question: Question, result: Any, merged: Mapping[str, Any], reader: "_Reader") -> bool:
    name = question.asked.name
    if name in merged and result is not EMPTY:
        return bool(result == "")
    if reader.has_problem_at(name):
        return False
    condition = condition_of(question)
    return condition is None or holds(condition, merged)


def _misfits(form: Form, merged: Mapping[str, Any], known: list[Problem]) -> list[Problem]:
    """What the schema says to the asked fields, where nothing was said yet."""
    at = f"/{form.prefix}"
    asked = {f"{at}/{question.asked.name}" for question in form.questions}
    told = {"/".join(problem.pointer.split("/")[:3]) for problem in known}
    found = schemas.validate_partial(schemas.fingerprint(form.schema), form.schema, dict(merged), at=at)
    return [
        problem for problem in found if (top := "/".join(problem.pointer.split("/")[:3])) in asked and top not in told
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

    def read_question(self, question: Question) -> Any:
        path = f"{self.form.prefix}.{question.asked.name}"
        if not is_posted(self.posted, path):
            return NOTHING
        value = self.read(path, question.control, question.start)
        if value is EMPTY and question.required:
            return _empty_of(question.control)
        return value

    def read(self, path: str, control: Control, start: Any) -> Any:
        """The value at a path: EMPTY if nothing was typed, NOTHING if it cannot be read (a problem tells why)."""
        if control.kind == "object":
            return self._object(path, control, start)
        if control.kind == "choices":
            return self._choices(path, control, start)
        if control.kind in ("list", "rows"):
            return self._entries(path, control, start)
        return self._scalar(path, control, start)

    def _scalar(self, path: str, control: Control, start: Any) -> Any:
        text = (self.posted.getlist(path) or [""])[-1]
        offset = (self.posted.getlist(path + OFFSET_SUFFIX) or [""])[-1]
        if is_unchanged(control, text, offset, start, self.form):
            return start
        if not text.strip():
            return EMPTY
        try:
            return value_of(control, text, Reading(self.form.zone, offset))
        except NotReadable as error:
            code = "ambiguous_time" if isinstance(error.__cause__, times.TwoTimes) else "invalid"
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
        codes = [code for code in self.posted.getlist(path) if code]
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
        kept = self.rows[path] = []
        for row in rows_of(self.posted, path)[:MOST_ROWS]:
            found = len(self.problems)
            value = self.read(f"{path}.{row}", item, before[row] if row < len(before) else NOTHING)
            if value is EMPTY:
                continue
            self.problems[found:] = [_moved(problem, path, row, len(result)) for problem in self.problems[found:]]
            kept.append(row)
            result.append(None if value is NOTHING else value)
        if result == before and isinstance(start, list):
            return start
        return result or EMPTY


def _moved(problem: Problem, path: str, row: int, entry: int) -> Problem:
    """The problem of a row, at the entry that the row makes."""
    top = "/" + path.replace(".", "/")
    return Problem(f"{top}/{entry}" + problem.pointer.removeprefix(f"{top}/{row}"), problem.code, problem.detail)


def _empty_of(control: Control) -> Any:
    """What an empty required field says: no entries, null if that is allowed, else nothing at all."""
    if control.kind in ("choices", "list", "rows"):
        return []
    return None if control.nullable else EMPTY


def is_unchanged(control: Control, text: str, offset: str, start: Any, form: Form) -> bool:
    """Whether the control still shows what it started with: then the value is kept to the last digit."""
    if start is NOTHING or start is EMPTY:
        return False
    shown = text_of(control, start, form.zone).replace("\r\n", "\n")
    same = text.replace("\r\n", "\n") == shown
    if same and control.kind == "date-time" and offset:
        moment = times.kept_moment(start, form.zone)
        return moment is None or times.offset_text(moment) == offset
    return same


def is_posted(posted: Posted, path: str) -> bool:
    """Whether anything was posted for a path or below it."""
    return any(name == path or name.startswith(f"{path}.") for name in posted)


# --- Rows ----------------------------------------------------------------------------------------


def rows_of(posted: Posted, path: str) -> list[int]:
    """The numbers of the rows that were posted for a list, in order."""
    numbers = {name.removeprefix(f"{path}.").partition(".")[0] for name in posted if name.startswith(f"{path}.")}
    return sorted(int(number) for number in numbers if INDEX.fullmatch(number))
