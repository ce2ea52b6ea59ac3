"""From a form, and perhaps an answer to it, to what its templates show."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import gettext as _

from apps.containers.schema.controls import Control, Option, hint
from apps.containers.schema.fields import title_of
from apps.core.errors import Problem

from . import times
from .display import Reader, not_set, text_for_people
from .form import EMPTY, NOTHING, Form, Question, condition_of
from .parsing import OFFSET_SUFFIX, Answer, is_posted, rows_of
from .scalars import DATE, coded_options, text_of
from .shown import ShownError, ShownField, ShownForm, ShownGroup, ShownOption

# Up to so many options, with so many letters in all, stand side by side.
MOST_RADIOS = 5
MOST_LETTERS_OF_RADIOS = 80

INPUT_TYPES = {
    "email": "email",
    "uri": "url",
    "date": "date",
    "time": "time",
    "date-time": "datetime-local",
    "password": "password",
}
INPUT_MODES = {"integer": "numeric", "number": "decimal", "money": "decimal"}
# What a picker can show; any other text stays visible in a plain input.
PICKERS = {"date": DATE, "time": times.CLOCK, "date-time": times.LOCAL}


def show_form(form: Form, answer: Answer | None = None, problems: Iterable[Problem] = ()) -> ShownForm:
    """The form as it starts, or with the texts of an answer; with the answer's problems and these."""
    shower = _Shower(form, answer, [*(answer.problems if answer else ()), *problems])
    groups: dict[str, list[ShownField]] = {}
    for question in form.questions:
        groups.setdefault(hint(question.control.schema, "group") or "", []).append(shower.show_question(question))
    return ShownForm(
        groups=[ShownGroup(title, fields) for title, fields in groups.items()],
        errors=shower.errors,
        form_errors=shower.form_errors(),
        has_file=any(question.control.kind == "file" for question in form.questions),
    )


class _Shower:
    """Shows one form; problems that found their control are taken off the list."""

    def __init__(self, form: Form, answer: Answer | None, problems: list[Problem]) -> None:
        self.form = form
        self.posted = answer.typed if answer else None
        self.typed = self.posted
        self.kept_rows = answer.rows if answer else {}
        self.left = list(dict.fromkeys(problems))
        self.errors: list[ShownError] = []
        self.within: list[str] = []  # labels of the groups around the control being shown

    def show_question(self, question: Question) -> ShownField:
        path = f"{self.form.prefix}.{question.asked.name}"
        self.typed = self.posted if self.posted is not None and is_posted(self.posted, path) else None
        shown = self.show(
            path, f"/{path.replace('.', '/')}", question.label, question.control, question.start, question.required
        )
        condition = condition_of(question)
        if condition and any(other.asked.name == condition["field"] for other in self.form.questions):
            shown.show_if = json.dumps(condition)
        if question.asked.proposed is not NOTHING and question.current not in (NOTHING, None, question.start):
            shown.now = text_for_people(question.control, question.current, Reader(self.form.zone))
        return shown

    def form_errors(self) -> list[str]:
        """Problems of no field that was asked: told without a link, and by name only if the reader sees it."""
        properties = self.form.schema.get("properties", {})
        lines = []
        for problem in self.left:
            name = problem.pointer.removeprefix(f"/{self.form.prefix}").removeprefix("/").partition("/")[0]
            known = name in self.form.current and name in properties
            lines.append(f"{title_of(name, properties[name])}: {problem.detail}" if known else problem.detail)
        return list(dict.fromkeys(lines))

    def show(self, path: str, at: str, label: str, control: Control, start: Any, required: bool) -> ShownField:
        """One control at an input path; its problems lie at the pointer `at`."""
        shown = ShownField(
            name=path,
            id=f"{self.form.ids}-{path.replace('.', '-')}",
            label=label,
            kind=control.kind,
            template=_template(control, required),
            required=required,
            help=_help(control),
            placeholder=hint(control.schema, "placeholder") or "",
        )
        self.within.append(label)
        _FILL.get(shown.template, _Shower.fill_input)(self, shown, at, control, start)
        self.place(shown, at)
        self.within.pop()
        return shown

    def place(self, shown: ShownField, at: str) -> None:
        """Problems at or below the pointer that no control inside took belong here."""
        here = [problem for problem in self.left if problem.pointer == at or problem.pointer.startswith(f"{at}/")]
        for problem in here:
            self.left.remove(problem)
            shown.errors.append(problem.detail)
            self.errors.append(ShownError(shown.target, ", ".join(self.within), problem.detail))

    def text(self, path: str, control: Control, start: Any) -> str:
        """What stands in the control: what was typed, else the value it starts from."""
        if self.typed is not None:
            return (self.typed.getlist(path) or [""])[-1].replace("\0", "")
        return "" if start is NOTHING or start is EMPTY else text_of(control, start, self.form.zone)

    # --- One filling for each template ----------------------------------------------------------

    def fill_input(self, shown: ShownField, _at: str, control: Control, start: Any) -> None:
        shown.text = self.text(shown.name, control, start)
        shown.mode = INPUT_MODES.get(control.kind, "")
        shown.type = INPUT_TYPES.get(control.kind, "text")
        shown.suggestions = self.form.suggestions.get(control.kind, ())
        picker = PICKERS.get(control.kind)
        if picker and shown.text and not picker.fullmatch(shown.text):
            shown.type = "text"
        if control.kind in ("time", "date-time"):
            shown.step = "1" if shown.text.count(":") > 1 else ""
            shown.note = _("Times are in the zone %s.") % self.form.zone.key
        if control.kind == "date-time":
            self.offer_offsets(shown, start)

    def offer_offsets(self, shown: ShownField, start: Any) -> None:
        """Which of two, if the clock shows the time twice."""
        try:
            times.read_moment(shown.text, self.form.zone)
        except times.TwoTimes as twice:
            kept = times.kept_moment(start, self.form.zone)
            typed = self.typed.getlist(shown.name + OFFSET_SUFFIX) if self.typed is not None else []
            chosen = typed[-1] if typed else times.offset_text(kept) if kept and self.typed is None else ""
            titles = (_("before clocks go back (UTC%s)"), _("after clocks went back (UTC%s)"))
            shown.offsets = [
                ShownOption(f"{shown.id}-offset-{number}", offset, title % offset, offset == chosen)
                for number, (offset, title) in enumerate(zip(twice.offsets, titles, strict=True))
            ]
        except times.NotATime:
            return

    def fill_area(self, shown: ShownField, _at: str, control: Control, start: Any) -> None:
        shown.text = self.text(shown.name, control, start)
        lines = hint(control.schema, "rows")
        shown.lines = lines if isinstance(lines, int) and 1 <= lines <= 40 else 4
        if control.kind == "json":
            shown.lines = 8
            shown.note = _("Advanced: the value as JSON.")

    def fill_choice(self, shown: ShownField, _at: str, control: Control, start: Any) -> None:
        chosen = self.text(shown.name, control, start)
        titled = [(code, title) for code, _value, title in coded_options(_with_booleans(control))]
        if chosen and chosen not in [code for code, _title in titled]:
            titled.append((chosen, _("%s (not offered any more)") % chosen))
        if shown.template == "select":
            titled.insert(0, ("", shown.placeholder or (_("Choose…") if shown.required else not_set())))
        elif not shown.required:
            titled.append(("", not_set()))
        shown.options = _options(shown.id, titled, {chosen})

    def fill_checkbox(self, shown: ShownField, _at: str, control: Control, start: Any) -> None:
        shown.options = _options(shown.id, [("true", shown.label)], {self.text(shown.name, control, start)})

    def fill_checks(self, shown: ShownField, _at: str, control: Control, start: Any) -> None:
        item = control.item or control
        if self.typed is not None:
            chosen = [code for code in self.typed.getlist(shown.name) if code]
        else:
            chosen = [text_of(item, entry, self.form.zone) for entry in start] if isinstance(start, list) else []
        titled = [(code, title) for code, _value, title in coded_options(control)]
        offered = [code for code, _title in titled]
        titled += [
            (code, _("%s (not offered any more)") % code) for code in dict.fromkeys(chosen) if code not in offered
        ]
        shown.options = _options(shown.id, titled, set(chosen))

    def fill_file(self, shown: ShownField, at: str, control: Control, start: Any) -> None:
        self.fill_input(shown, at, control, start)
        shown.uploads = "file" in self.form.suggestions
        shown.note = "" if shown.uploads else _("Files are attached once the task is there.")
        titled = [("", not_set()), *shown.suggestions]
        if shown.text not in [value for value, _label in titled]:
            titled.append((shown.text, shown.text))
        shown.options = _options(shown.id, titled, {shown.text})

    def fill_object(self, shown: ShownField, at: str, control: Control, start: Any) -> None:
        before = start if isinstance(start, dict) else {}
        shown.parts = [
            self.show(
                f"{shown.name}.{part.name}",
                f"{at}/{part.name}",
                part.title,
                part.control,
                before.get(part.name, NOTHING),
                part.required,
            )
            for part in control.parts
        ]

    def fill_rows(self, shown: ShownField, at: str, control: Control, start: Any) -> None:
        before = start if isinstance(start, list) else []
        item = control.item or control
        numbers = self.row_numbers(shown.name, len(before))
        for entry, number in enumerate(numbers or [len(before)]):
            row = before[number] if number < len(before) else NOTHING
            label = _("Entry %s") % (entry + 1)
            shown.rows.append(self.show(f"{shown.name}.{number}", f"{at}/{entry}", label, item, row, False))

    def row_numbers(self, path: str, start: int) -> list[int]:
        """Which rows to show: those of the answer that hold something, all that were posted, or the start's."""
        if self.typed is None:
            return list(range(start))
        return self.kept_rows[path] if path in self.kept_rows else rows_of(self.typed, path)


_FILL: dict[str, Callable[[_Shower, ShownField, str, Control, Any], None]] = {
    "area": _Shower.fill_area,
    "radios": _Shower.fill_choice,
    "select": _Shower.fill_choice,
    "checkbox": _Shower.fill_checkbox,
    "checks": _Shower.fill_checks,
    "file": _Shower.fill_file,
    "object": _Shower.fill_object,
    "list": _Shower.fill_rows,
    "rows": _Shower.fill_rows,
}


def _template(control: Control, required: bool) -> str:
    if control.kind in ("textarea", "json"):
        return "area"
    if control.kind == "boolean" and required and hint(control.schema, "widget") == "checkbox":
        return "checkbox"
    if control.kind in ("boolean", "choice"):
        return "radios" if _fits_radios(control) else "select"
    return {"choices": "checks", "file": "file", "object": "object", "list": "list", "rows": "rows"}.get(
        control.kind, "input"
    )


def _fits_radios(control: Control) -> bool:
    widget = hint(control.schema, "widget")
    if widget in ("radio", "select"):
        return bool(widget == "radio")
    letters = sum(len(option.title) for option in control.options)
    return len(control.options) <= MOST_RADIOS and letters <= MOST_LETTERS_OF_RADIOS


def _with_booleans(control: Control) -> Control:
    """The control with its options; a yes-or-no has two."""
    if control.kind != "boolean":
        return control
    names = hint(control.schema, "enumNames") or []
    yes, no = names if len(names) == 2 else (_("Yes"), _("No"))
    return Control("choice", control.schema, options=(Option(True, yes), Option(False, no)))


def _options(id: str, titled: Iterable[tuple[str, str]], chosen: set[str]) -> list[ShownOption]:
    return [ShownOption(f"{id}-{number}", code, title, code in chosen) for number, (code, title) in enumerate(titled)]


def _help(control: Control) -> str:
    said = (control.schema.get("description"), hint(control.schema, "help"))
    return "\n".join(dict.fromkeys(text for text in said if text))
