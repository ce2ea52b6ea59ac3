"""From a form, and perhaps a post of it, to the context of its templates."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import gettext as _

from apps.containers.schema.controls import Control, Option, hint
from apps.containers.schema.fields import title_of
from apps.core.errors import Problem

from . import times
from .contexts import ErrorLine, FieldContext, FormContext, GroupContext, OptionContext
from .form import EMPTY, NOTHING, Form, FormField, condition_of
from .parser import Submission, is_posted, rows_of
from .scalars import coded_options, text_of
from .value_text import Viewer, not_set, value_text

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
PICKERS = {"date": times.is_date, "time": times.is_clock, "date-time": times.is_local}


def present_form(form: Form, submission: Submission | None = None, problems: Iterable[Problem] = ()) -> FormContext:
    """The form as it starts, or with the texts of an submission; with the submission's problems and these."""
    presenter = _Presenter(form, submission, [*(submission.problems if submission else ()), *problems])
    groups: dict[str, list[FieldContext]] = {}
    for field in form.fields:
        groups.setdefault(hint(field.control.schema, "group") or "", []).append(presenter.present_field(field))
    return FormContext(
        groups=[GroupContext(title, fields) for title, fields in groups.items()],
        errors=presenter.errors,
        form_errors=presenter.form_errors(),
    )


class _Presenter:
    """Presents one form; a problem that is shown at a control is taken off the list."""

    def __init__(self, form: Form, submission: Submission | None, problems: list[Problem]) -> None:
        self.form = form
        self.posted = submission.posted if submission else None
        self.typed = self.posted
        self.used_rows = submission.rows if submission else {}
        self.left = list(dict.fromkeys(problems))
        self.errors: list[ErrorLine] = []
        self.within: list[str] = []  # labels of the groups around the control being shown

    def present_field(self, field: FormField) -> FieldContext:
        path = f"{self.form.prefix}.{field.request.name}"
        self.typed = self.posted if self.posted is not None and is_posted(self.posted, path) else None
        shown = self.show(path, f"/{path.replace('.', '/')}", field.label, field.control, field.start, field.required)
        condition = condition_of(field)
        if condition and any(other.request.name == condition["field"] for other in self.form.fields):
            shown.show_if = json.dumps(condition)
        if field.request.proposed is not NOTHING and field.current not in (NOTHING, None, field.start):
            shown.now = value_text(field.control, field.current, Viewer(self.form.zone))
        return shown

    def form_errors(self) -> list[str]:
        """Problems of no field that was asked: shown without a link, and by name only if the reader sees it."""
        properties = self.form.schema.get("properties", {})
        lines = []
        for problem in self.left:
            name = problem.pointer.removeprefix(f"/{self.form.prefix}").removeprefix("/").partition("/")[0]
            known = name in self.form.current and name in properties
            lines.append(f"{title_of(name, properties[name])}: {problem.detail}" if known else problem.detail)
        return list(dict.fromkeys(lines))

    def show(self, path: str, at: str, label: str, control: Control, start: Any, required: bool) -> FieldContext:
        """One control at an input path; its problems lie at the pointer `at`."""
        shown = FieldContext(
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
        _FILL.get(shown.template, _Presenter.fill_input)(self, shown, at, control, start)
        self.place(shown, at)
        self.within.pop()
        return shown

    def place(self, shown: FieldContext, at: str) -> None:
        """Problems at or below the pointer that no control inside took belong here."""
        here = [problem for problem in self.left if problem.pointer == at or problem.pointer.startswith(f"{at}/")]
        for problem in here:
            self.left.remove(problem)
            shown.errors.append(problem.detail)
            self.errors.append(ErrorLine(shown.target, ", ".join(self.within), problem.detail))

    def text(self, path: str, control: Control, start: Any) -> str:
        """What stands in the control: what was typed, else the value it starts from."""
        if self.typed is not None:
            return (self.typed.getlist(path) or [""])[-1].replace("\0", "")
        return "" if start is NOTHING or start is EMPTY else text_of(control, start, self.form.zone)

    # --- One filling for each template ----------------------------------------------------------

    def fill_input(self, shown: FieldContext, _at: str, control: Control, start: Any) -> None:
        shown.text = self.text(shown.name, control, start)
        shown.mode = INPUT_MODES.get(control.kind, "")
        shown.type = INPUT_TYPES.get(control.kind, "text")
        shown.suggestions = self.form.suggestions.get(control.kind, ())
        picker = PICKERS.get(control.kind)
        if picker and shown.text and not picker(shown.text):
            shown.type = "text"
        if control.kind in ("time", "date-time"):
            shown.step = "1" if shown.text.count(":") > 1 else ""
            shown.note = _("Times are in the zone %s.") % self.form.zone.key
        if control.kind == "date-time":
            self.offer_offsets(shown, start)

    def offer_offsets(self, shown: FieldContext, start: Any) -> None:
        """The two offsets to choose from, if the clock shows the time twice."""
        offsets = times.offsets_of(shown.text, self.form.zone)
        if offsets:
            stored = times.datetime_of(start, self.form.zone)
            typed = self.typed.getlist(shown.name + times.OFFSET_SUFFIX) if self.typed is not None else []
            chosen = typed[-1] if typed else times.offset_text(stored) if stored and self.typed is None else ""
            shown.offsets = [
                OptionContext(f"{shown.id}-offset-{number}", offset, title, offset == chosen)
                for number, (offset, title) in enumerate(offsets)
            ]

    def fill_area(self, shown: FieldContext, _at: str, control: Control, start: Any) -> None:
        shown.text = self.text(shown.name, control, start)
        lines = hint(control.schema, "rows")
        shown.lines = lines if isinstance(lines, int) and 1 <= lines <= 40 else 4
        if control.kind == "json":
            shown.lines = 8
            shown.note = _("Advanced: the value as JSON.")

    def fill_choice(self, shown: FieldContext, _at: str, control: Control, start: Any) -> None:
        chosen = self.text(shown.name, control, start)
        titled = [(code, title) for code, _value, title in coded_options(_with_booleans(control))]
        if chosen and chosen not in [code for code, _title in titled]:
            titled.append((chosen, _("%s (not offered any more)") % chosen))
        if shown.template == "select":
            titled.insert(0, ("", shown.placeholder or (_("Choose…") if shown.required else not_set())))
        elif not shown.required:
            titled.append(("", not_set()))
        shown.options = _options(shown.id, titled, {chosen})

    def fill_checkbox(self, shown: FieldContext, _at: str, control: Control, start: Any) -> None:
        shown.options = _options(shown.id, [("true", shown.label)], {self.text(shown.name, control, start)})

    def fill_checks(self, shown: FieldContext, _at: str, control: Control, start: Any) -> None:
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

    def fill_file(self, shown: FieldContext, at: str, control: Control, start: Any) -> None:
        self.fill_input(shown, at, control, start)
        shown.uploads = "file" in self.form.suggestions
        shown.note = "" if shown.uploads else _("Files are attached once the task is there.")
        titled = [("", not_set()), *shown.suggestions]
        if shown.text not in [value for value, _label in titled]:
            titled.append((shown.text, shown.text))
        shown.options = _options(shown.id, titled, {shown.text})

    def fill_object(self, shown: FieldContext, at: str, control: Control, start: Any) -> None:
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

    def fill_rows(self, shown: FieldContext, at: str, control: Control, start: Any) -> None:
        before = start if isinstance(start, list) else []
        item = control.item or control
        numbers = self.row_numbers(shown.name, len(before))
        for entry, number in enumerate(numbers or [len(before)]):
            row = before[number] if number < len(before) else NOTHING
            label = _("Entry %s") % (entry + 1)
            shown.rows.append(self.show(f"{shown.name}.{number}", f"{at}/{entry}", label, item, row, False))

    def row_numbers(self, path: str, start: int) -> list[int]:
        """Which rows to show: those of the submission that are not empty, all that were posted, or the start's."""
        if self.typed is None:
            return list(range(start))
        return self.used_rows[path] if path in self.used_rows else rows_of(self.typed, path)


_FILL: dict[str, Callable[[_Presenter, FieldContext, str, Control, Any], None]] = {
    "area": _Presenter.fill_area,
    "radios": _Presenter.fill_choice,
    "select": _Presenter.fill_choice,
    "checkbox": _Presenter.fill_checkbox,
    "checks": _Presenter.fill_checks,
    "file": _Presenter.fill_file,
    "object": _Presenter.fill_object,
    "list": _Presenter.fill_rows,
    "rows": _Presenter.fill_rows,
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


def _options(id: str, titled: Iterable[tuple[str, str]], chosen: set[str]) -> list[OptionContext]:
    return [OptionContext(f"{id}-{number}", code, title, code in chosen) for number, (code, title) in enumerate(titled)]


def _help(control: Control) -> str:
    texts = (control.schema.get("description"), hint(control.schema, "help"))
    return "\n".join(dict.fromkeys(text for text in texts if text))
