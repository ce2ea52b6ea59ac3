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
from apps.core.timestamps import format_timestamp

from . import times

# What people group digits with: spaces of three widths and apostrophes.
GROUPING = re.compile(r"(?<=\d)[ \u00a0\u202f'’](?=\d{3})")
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
NUMBER = re.compile(r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})(e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
CURRENCY = re.compile(r"(?P<amount>.*[\d.])\s*(?P<currency>[A-Za-z]{3})", re.ASCII)
BOOLEANS = {"true": True, "on": True, "yes": True, "1": True, "false": False, "off": False, "no": False, "0": False}


class Unreadable(Exception):
    """The text cannot be read as a value of its control; the text of the exception is for people."""


@dataclass(frozen=True)
class Reading:
    """How a text is read: the reader's zone, and the offset that was chosen beside it."""

    zone: ZoneInfo
    offset: str = ""


# --- Value to text -------------------------------------------------------------------------------


def text_of(control: Control, value: Any, zone: ZoneInfo) -> str:
    """The text of a value in its control; a value that does not fit is shown as JSON."""
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
    if kind == "date-time" and (timestamp := times.datetime_of(value, zone)):
        return timestamp.replace(tzinfo=None).isoformat(timespec="seconds" if timestamp.second else "minutes")
    if kind == "time" and (match := times.CLOCK.match(value)):
        clock = match.group().partition(".")[0]
        return clock.removesuffix(":00") if len(clock) > len("hh:mm") else clock
    return value


AREAS = ("textarea", "json", "choice", "choices")
"""Kinds whose controls post line breaks; a line of text loses them."""


def one_newline(text: str) -> str:
    """The text with one spelling of line breaks: browsers post another one than they were given."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def as_posted(control: Control, text: str) -> str:
    """The text that a browser posts for a control that shows `text`."""
    text = one_newline(text)
    if control.kind in AREAS:
        return text
    line = text.replace("\n", "")
    return line.strip() if control.kind in ("email", "uri") else line


# --- Text to value -------------------------------------------------------------------------------


def value_of(control: Control, text: str, reading: Reading) -> Any:
    """The value that a text means; it is not empty. Raises `Unreadable`, `times.AmbiguousTime` among it."""
    if "\0" in text:
        raise Unreadable(_("This contains a character that cannot be stored."))
    read = _READERS.get(control.kind)
    return read(control, text, reading) if read else _line(control, text, reading)


def _line(_control: Control, text: str, _reading: Reading) -> str:
    return text.strip()


def _lines(_control: Control, text: str, _reading: Reading) -> str:
    return one_newline(text)


def _password(_control: Control, text: str, _reading: Reading) -> str:
    return text


def _boolean(_control: Control, text: str, _reading: Reading) -> bool:
    try:
        return BOOLEANS[text.strip().lower()]
    except KeyError:
        raise Unreadable(_("Choose yes or no.")) from None


def _choice(control: Control, text: str, _reading: Reading) -> Any:
    for code, value, _title in coded_options(control):
        if code == one_newline(text):
            return value
    raise Unreadable(_("Choose one of the options."))


def _date(_control: Control, text: str, _reading: Reading) -> str:
    text = text.strip()
    try:
        if times.DATE.fullmatch(text):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Unreadable(_("There is no such date.")) from None
    raise Unreadable(_("Write a date like 2026-05-31."))


def _datetime(_control: Control, text: str, reading: Reading) -> str:
    try:
        return format_timestamp(times.read_datetime(text, reading.zone, reading.offset))
    except times.InvalidTime as error:
        raise Unreadable(str(error)) from error


def _time(_control: Control, text: str, reading: Reading) -> str:
    try:
        return times.read_clock(text, reading.zone, datetime.now(UTC))
    except times.InvalidTime as error:
        raise Unreadable(str(error)) from error


def _integer(_control: Control, text: str, _reading: Reading) -> int:
    number = _decimal(text)
    if number != number.to_integral_value():
        raise Unreadable(_("Write a whole number."))
    return int(number)


def _number(_control: Control, text: str, _reading: Reading) -> int | float:
    return _plain(_decimal(text))


def _money(control: Control, text: str, _reading: Reading) -> Any:
    is_text = control.schema.get("type") == "string"
    with_currency = CURRENCY.fullmatch(text.strip()) if is_text else None
    number = _decimal(with_currency["amount"] if with_currency else text)
    if places_of(number) > 2:
        raise Unreadable(_("Write an amount with at most two decimals."))
    currency = f" {with_currency['currency'].upper()}" if with_currency else ""
    return f"{number:.2f}{currency}" if is_text else _plain(number)


def _decimal(text: str) -> Decimal:
    """The number in a text. A comma may stand for the point, unless it could group thousands."""
    text = GROUPING.sub("", text.strip()).replace("−", "-")
    if DECIMAL_COMMA.fullmatch(text):
        if len(text.partition(",")[2]) == 3:
            raise Unreadable(_("Write the number without a comma, so that it is clear what is meant."))
        text = text.replace(",", ".")
    if not NUMBER.fullmatch(text):
        raise Unreadable(_("Write a number."))
    number = Decimal(text)
    if abs(number) > strict_json.MAX_NUMBER:
        raise Unreadable(_("This number is too large."))
    return number


def _plain(number: Decimal) -> int | float:
    """The number as JSON writes it, if no digit is lost."""
    if number == number.to_integral_value():
        return int(number)
    if Decimal(repr(float(number))) != number:
        raise Unreadable(_("This number has too many digits."))
    return float(number)


def _json(_control: Control, text: str, _reading: Reading) -> Any:
    try:
        return strict_json.parse(text.encode(errors="replace"))
    except Invalid as error:
        raise Unreadable(error.detail) from None


_READERS: Mapping[str, Callable[[Control, str, Reading], Any]] = {
    "textarea": _lines,
    "password": _password,
    "boolean": _boolean,
    "choice": _choice,
    "date": _date,
    "date-time": _datetime,
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
        text = isinstance(option.value, str) and option.value
        code = one_newline(option.value) if text else json.dumps(option.value)
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
