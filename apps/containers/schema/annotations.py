"""What a property's `x-taskhub` and `ui:*` keywords may say, checked when a type is published."""

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from apps.core.errors import Problem
from apps.core.json_types import Json, JsonObject
from apps.core.strict_json import escape

ANNOTATION = "x-taskhub"
KINDS = ("user", "team", "task", "file", "money")
AUDIENCES = ("everyone", "reporter", "assignee", "handover", "contributor", "manager", "application")
NAMED_AUDIENCE = re.compile(r"(user|team):[A-Za-z0-9][\w.@+-]{0,149}", re.ASCII)
MOST_AUDIENCES = 50

TEXT_HINTS = ("widget", "title", "help", "placeholder", "group")
LIST_HINTS = ("order", "enumNames")
SHOW_IF = {"field", "equals", "in", "notEmpty"}


def wrong_annotation(annotation: Json, *, of_field: bool) -> Iterator[Problem]:
    """What is wrong with one `x-taskhub`; audiences and secrecy belong to whole fields only."""
    if not isinstance(annotation, dict):
        yield Problem("", "invalid", _("Must be an object."))
        return
    known = {"read", "write", "secret", "kind"} if of_field else {"kind"}
    for key in annotation.keys() - known:
        detail = _("There is no such key.") if of_field else _("Only whole fields can say this.")
        yield Problem(f"/{escape(key)}", "unknown_field", detail)
    if "kind" in annotation and annotation["kind"] not in KINDS:
        yield Problem("/kind", "invalid", _("Must be one of: %s.") % ", ".join(KINDS))
    if not isinstance(annotation.get("secret", False), bool):
        yield Problem("/secret", "invalid", _("Must be true or false."))
    if "read" in annotation and of_field:
        yield from _wrong_audiences(annotation["read"], "/read")
    if "write" in annotation and of_field:
        yield from _wrong_writers(annotation["write"])


def _wrong_writers(writers: Json) -> Iterator[Problem]:
    if not isinstance(writers, dict):
        yield from _wrong_audiences(writers, "/write")
        return
    for stage, audiences in writers.items():
        yield from _wrong_audiences(audiences, f"/write/{escape(stage)}")


def _wrong_audiences(audiences: Json, at: str) -> Iterator[Problem]:
    if not isinstance(audiences, list) or len(audiences) > MOST_AUDIENCES:
        yield Problem(at, "invalid", _("Must be a list of audiences."))
        return
    for index, audience in enumerate(audiences):
        if not is_audience(audience):
            yield Problem(f"{at}/{index}", "invalid", _("Is not an audience."))


def is_audience(name: Json) -> bool:
    """Whether it names an audience: a role in the task, `user:NAME` or `team:SLUG`."""
    return isinstance(name, str) and (name in AUDIENCES or NAMED_AUDIENCE.fullmatch(name) is not None)


def wrong_hints(subschema: JsonObject) -> Iterator[Problem]:
    """Which `ui:*` hints have the wrong shape; those that TaskHub does not know are left alone."""
    options = subschema.get("ui:options", {})
    if not isinstance(options, dict):
        yield Problem("/ui:options", "invalid", _("Must be an object."))
        options = {}
    value = {f"/ui:{name}": subschema.get(f"ui:{name}") for name in (*TEXT_HINTS, *LIST_HINTS)}
    value |= {f"/ui:options/{name}": options.get(name) for name in (*TEXT_HINTS, *LIST_HINTS)}
    for pointer, hint in value.items():
        is_list = pointer.endswith(LIST_HINTS)
        if hint is not None and not (_are_texts(hint) if is_list else isinstance(hint, str)):
            yield Problem(pointer, "invalid", _("Must be a list of texts.") if is_list else _("Must be a text."))
    condition = subschema.get("ui:showIf")
    if condition is not None and not _is_show_if(condition):
        yield Problem("/ui:showIf", "invalid", _("Must name a field and one of equals, in or notEmpty."))


def _are_texts(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _is_show_if(condition: Json) -> bool:
    if not isinstance(condition, dict) or not isinstance(condition.get("field"), str):
        return False
    return len(condition) == 2 and condition.keys() <= SHOW_IF and isinstance(condition.get("in", []), list)
