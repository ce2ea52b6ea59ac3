"""One value in both directions: as the text in its control, and from the text that a person typed."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from apps.containers.schema.controls import Control
from apps.containers.schema.words import number_text, places_of
from apps.core import strict_json
from apps.core.errors import Invalid

from . import times

DATE = re.compile(r"\d{4}-\d\d-\d\d")
# What people group digits with: spaces of three widths and apostrophes.
GROUPING = re.compile(r"(?<=\d)[ \u00a0\u202f'’](?=\d{3})")
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
NUMBER = re.compile(r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})(e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
BOOLEANS = {"true": True, "on": True, "yes": True, "1": True, "false": False, "off": False, "no": False, "0": False}


class NotReadable(Exception):
    """The text cannot be read as a value of its control; the text of the exception is for people."""


@dataclass(frozen=True)
class Reading:
    """The circumstances under which a text is read: the reader's zone, and what was said beside it."""

    zone: ZoneInfo
    offset: str = ""


# --- Value to text -------------------------------------------------------------------------------


def text_of(control: Control, value: Any, zone: ZoneInfo) -> str:
    """What the control shows for a value; for one that does not fit it, whatever tells most."""
    if value is None:
        return ""
    if control.kind == "choice":
        return code_of(control, value)
    if control.kind == "json":
        return json.dumps(value, ensure_ascii=False, indent=2)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value, control.schema if control.kind in ("money", "number") else None)
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return _local_text(control.kind, value, zone)


def _local_text(kind: str, value: str, zone: ZoneInfo) -> str:
    if kind == "date-time" and (moment := times.kept_moment(value, zone)):
        return moment.replace(tzinfo=None).isoformat(timespec="seconds" if moment.second else "minutes")
    if kind == "time" and (match := times.CLOCK.match(value)):
        clock = match.group().partition(".")[0]
        return clock.removesuffix(":00") if len(clock) > len("hh:mm") else clock
    return value


# --- Text to value -------------------------------------------------------------------------------


def value_of(control: Control, text: str, reading: Reading) -> Any:
    """The value that a text means; it is not empty. Raises `NotReadable`, `times.TwoTimes` among it."""
    if "\0" in text:
        raise NotReadable(_("This contains a character that cannot be kept."))
    read = _READERS.get(control.kind)
    return read(control, text, reading) if read else _line(control, text, reading)


def _line(_control: Control, text: str, _reading: Reading) -> str:
    return text.strip()


def _lines(_control: Control, text: str, _reading: Reading) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _password(_control: Control, text: str, _reading: Reading) -> str:
    return text


def _boolean(_control: Control, text: str, _reading: Reading) -> bool:
    try:
        return BOOLEANS[text.strip().lower()]
    except KeyError:
        raise NotReadable(_("Choose yes or no.")) from None


def _choice(control: Control, text: str, _reading: Reading) -> Any:
    for code, value, _title in coded_options(control):
        if code == text:
            return value
    raise NotReadable(_("Choose one of the options."))


def _date(_control: Control, text: str, _reading: Reading) -> str:
    text = text.strip()
    try:
        if DATE.fullmatch(text):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        raise NotReadable(_("There is no such date.")) from None
    raise NotReadable(_("Write a date like 2026-05-31."))


def _moment(_control: Control, text: str, reading: Reading) -> str:
    try:
        return times.stored_moment(times.read_moment(text, reading.zone, reading.offset))
    except times.NotATime as error:
        raise NotReadable(str(error)) from error


def _time(_control: Control, text: str, reading: Reading) -> str:
    try:
        return times.read_clock(text, reading.zone, datetime.now(UTC))
    except times.NotATime as error:
        raise NotReadable(str(error)) from error


def _integer(_control: Control, text: str, _reading: Reading) -> int:
    number = _decimal(text)
    if number != number.to_integral_value():
        raise NotReadable(_("Write a whole number."))
    return int(number)


def _number(_control: Control, text: str, _reading: Reading) -> int | float:
    return _plain(_decimal(text))


def _money(control: Control, text: str, _reading: Reading) -> Any:
    number = _decimal(text)
    if places_of(number) > 2:
        raise NotReadable(_("Write an amount with at most two decimals."))
    return f"{number:.2f}" if control.schema.get("type") == "string" else _plain(number)


def _decimal(text: str) -> Decimal:
    """The number in a text. A comma may stand for the point, unless it could group thousands."""
    text = GROUPING.sub("", text.strip()).replace("−", "-")
    if DECIMAL_COMMA.fullmatch(text):
        if len(text.partition(",")[2]) == 3:
            raise NotReadable(_("Write the number without a comma, so that it is clear what is meant."))
        text = text.replace(",", ".")
    if not NUMBER.fullmatch(text):
        raise NotReadable(_("Write a number."))
    number = Decimal(text)
    if abs(number) > strict_json.MAX_NUMBER:
        raise NotReadable(_("This number is too large."))
    return number


def _plain(number: Decimal) -> int | float:
    """The number as JSON has it, if that says the same."""
    if number == number.to_integral_value():
        return int(number)
    if Decimal(repr(float(number))) != number:
        raise NotReadable(_("This number has too many digits."))
    return float(number)


def _json(_control: Control, text: str, _reading: Reading) -> Any:
    try:
        return strict_json.parse(text.encode(errors="replace"))
    except Invalid as error:
        raise NotReadable(error.detail) from None


_READERS: Mapping[str, Callable[[Control, str, Reading], Any]] = {
    "textarea": _lines,
    "password": _password,
    "boolean": _boolean,
    "choice": _choice,
    "date": _date,
    "date-time": _moment,
    "time": _time,
    "integer": _integer,
    "number": _number,
    "money": _money,
    "json": _json,
}


# --- Options -------------------------------------------------------------------------------------


def coded_options(control: Control) -> list[tuple[str, Any, str]]:
    """The options as (code in the form, value, title): texts as they are, other values as JSON; codes differ."""
    coded: dict[str, tuple[Any, str]] = {}
    for option in control.options:
        code = option.value if isinstance(option.value, str) and option.value else json.dumps(option.value)
        while code in coded:
            code += "′"
        coded[code] = (option.value, option.title)
    return [(code, value, title) for code, (value, title) in coded.items()]


def code_of(control: Control, value: Any) -> str:
    """The code of a value; for one that is no option, one that no option has."""
    for code, offered, _title in coded_options(control):
        if offered == value and isinstance(offered, bool) == isinstance(value, bool):
            return code
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
