"""The context of the templates of forms: plain attributes of every control."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class OptionContext:
    """An option of a control."""

    id: str
    code: str
    title: str
    chosen: bool


@dataclass
class FieldContext:
    """One control, or a group of them, with its label, help and errors.

    `note` explains the kind (a zone, JSON), `now` is the value that a proposal would replace. `rows`
    are the entries of a list, `parts` the members of an object, `offsets` the two times to choose from when
    a clock shows one twice.
    """

    name: str
    id: str
    label: str
    kind: str
    template: str
    required: bool = False
    text: str = ""
    help: str = ""
    note: str = ""
    now: str = ""
    type: str = "text"
    mode: str = ""
    uploads: bool = False
    step: str = ""
    placeholder: str = ""
    lines: int = 4
    show_if: str = ""
    errors: list[str] = field(default_factory=list)
    options: list[OptionContext] = field(default_factory=list)
    offsets: list[OptionContext] = field(default_factory=list)
    suggestions: Sequence[tuple[str, str]] = ()
    parts: list["FieldContext"] = field(default_factory=list)
    rows: list["FieldContext"] = field(default_factory=list)

    @property
    def described_by(self) -> str:
        """The ids of the elements that describe the control."""
        texts = {"help": self.help, "note": self.note, "now": self.now, "err": self.errors}
        return " ".join(f"{self.id}-{suffix}" for suffix, text in texts.items() if text)

    @property
    def is_group(self) -> bool:
        """Whether it is more than one control under one legend."""
        return self.template in ("radios", "checks", "object", "list", "rows")

    @property
    def path(self) -> str:
        """The template of the control."""
        return f"forms/_{'rows' if self.template == 'list' else self.template}.html"

    @property
    def target(self) -> str:
        """The id of the first control in it, where the summary of errors leads."""
        if self.options and self.template in ("radios", "checks"):
            return self.options[0].id
        inner = self.parts or self.rows
        return inner[0].target if inner else self.id


@dataclass(frozen=True)
class ErrorLine:
    """A line in the summary of errors; `target` is the id of a control."""

    target: str
    label: str
    message: str


@dataclass(frozen=True)
class GroupContext:
    """Fields under one heading; "" for none."""

    title: str
    fields: list[FieldContext]


@dataclass(frozen=True)
class FormContext:
    """The context of `forms/_fields.html`, and of the summary of errors (`parts/_error_summary.html`)."""

    groups: list[GroupContext]
    errors: list[ErrorLine]
    form_errors: list[str]

    @property
    def fields(self) -> list[FieldContext]:
        """All fields, in order."""
        return [shown for group in self.groups for shown in group.fields]
