"""What a browser would post: the successful controls of rendered fields."""

from datetime import date, datetime, time
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.template.loader import render_to_string

from apps.containers import schema
from apps.web.schema_form import Form, FormContext, build_form, present_form

ZURICH = ZoneInfo("Europe/Zurich")


def form_of(properties: dict[str, Any], *, root: dict[str, Any] | None = None, **more: Any) -> Form:
    """A form that asks for all of some properties."""
    accepted = schema.accept({"type": "object", "properties": properties, **(root or {})})
    return build_form(accepted, more.pop("asked", list(properties)), **{"zone": ZURICH, **more})


def html_of(shown: FormContext) -> str:
    """The fields as HTML."""
    return render_to_string("forms/_fields.html", {"form": shown})


def posted(**texts: str | list[str]) -> QueryDict:
    """A post of fields; two underscores stand for the dot of a path."""
    query = QueryDict(mutable=True)
    for name, text in texts.items():
        query.setlist("fields." + name.replace("__", "."), [text] if isinstance(text, str) else text)
    return query


def post_of(form: Form) -> QueryDict:
    """What a browser posts if nobody touches anything."""
    browser = Browser()
    browser.feed(html_of(present_form(form)))
    query = QueryDict(mutable=True)
    for name, text in browser.pairs:
        query.appendlist(name, text)
    return query


VALID = {"date": date.fromisoformat, "time": time.fromisoformat, "datetime-local": datetime.fromisoformat}


def sanitized(type: str, text: str) -> str:
    """What an input of this type posts for a value that it was given."""
    if type in ("hidden", "radio", "checkbox"):
        return "\r\n".join(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    text = text.replace("\r", "").replace("\n", "")
    if type in VALID:
        try:
            VALID[type](text)
        except ValueError:
            return ""
    return text.strip() if type in ("email", "url") else text


class Browser(HTMLParser):
    """Collects names and texts of inputs, text areas and selects; keeps all tags for other questions."""

    def __init__(self) -> None:
        super().__init__()
        self.pairs: list[tuple[str, str]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._area: str | None = None
        self._select: str = ""
        self._options: list[tuple[str, bool]] = []
        self._text = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        said = dict(attributes)
        self.tags.append((tag, said))
        if (
            tag == "input"
            and said.get("name")
            and (said.get("type") not in ("radio", "checkbox", "file") or "checked" in said)
        ):
            self.pairs.append((said["name"] or "", sanitized(said.get("type") or "text", said.get("value") or "")))
        elif tag == "textarea":
            self._area, self._text = said.get("name"), ""
        elif tag == "select":
            self._select, self._options = said["name"] or "", []
        elif tag == "option" and self._select:
            self._options.append((said["value"] or "", "selected" in said))

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area:
            text = self._text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\n")
            self.pairs.append((self._area, text.replace("\n", "\r\n")))
            self._area = None
        elif tag == "select":
            chosen = [value for value, selected in self._options if selected] or [self._options[0][0]]
            self.pairs.append((self._select, chosen[-1]))
            self._select = ""
