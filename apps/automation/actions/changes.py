"""Actions that change the task itself: its fields and properties, its assignee, who sees it."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.actors.models import User
from apps.actors.references import find
from apps.containers.acts import Setting
from apps.containers.failover import PRIVACIES
from apps.containers.said_values import Value, values_of_fields
from apps.containers.spec import spec_of
from apps.core.body import Body
from apps.core.errors import Invalid
from apps.tasks import secrecy, services

from . import work as words
from .work import Work

MOMENTS = ("due_at", "start_at")


class Set:
    """`{"do": "set", "fields": {…}, "title", "priority", …}`: what PATCH takes."""

    first = True

    def read(self, body: Body, setting: Setting) -> dict[str, Any]:
        said: dict[str, Any] = {"fields": words.read_fields(body, "fields", setting)}
        for name in words.FITS:
            if name in body.value:
                said[name] = words.check_literal(body, name)
        for name in MOMENTS:
            if name in body.value:
                said |= words.read_moment(body, name)
        words.require_one(body, said, "fields")
        return said

    def values(self, said: Mapping[str, Any]) -> Iterator[Value]:
        """See `acts.Saying`."""
        return values_of_fields(said["fields"])

    def changes(self, work: Work, said: Mapping[str, Any]) -> dict[str, Any]:
        """What PATCH would take, with every value computed. Raises Invalid."""
        changes: dict[str, Any] = {}
        if said.get("fields"):
            changes["fields"] = work.value(said["fields"], at="/fields")
        for name in said:
            if name in words.FITS:
                changes[name] = words.require_fit(name, work.value(said[name], at=f"/{name}"))
            elif name in MOMENTS:
                changes[name] = words.moment_at(work, said, name)
        return changes

    def run(self, work: Work, said: Mapping[str, Any]) -> dict[str, Any]:
        changes = self.changes(work, said)
        services.edit_task(work.actor, work.name, changes)
        return {"fields": sorted(changes.get("fields", {})), "properties": sorted(set(changes) - {"fields"})}


class Unset:
    """`{"do": "unset", "fields": ["rows"]}`: the fields have no value any more."""

    first = True

    def read(self, body: Body, setting: Setting) -> dict[str, Any]:
        said = {"fields": words.read_field_names(body, "fields", setting)}
        words.require_one(body, said, "fields")
        return said

    def run(self, work: Work, said: Mapping[str, Any]) -> dict[str, Any]:
        services.unset_fields(work.actor, work.name, said["fields"])
        return {"fields": sorted(said["fields"])}


class AddItems:
    """`{"do": "add_items", "fields": {"labels": ["x"]}, "tags": ["y"]}`: what is there already is not added twice."""

    first = True

    def read(self, body: Body, setting: Setting) -> dict[str, Any]:
        fields = words.read_fields(body, "fields", setting)
        for name, items in fields.items():
            if not isinstance(items, list) and not words.is_open(items):
                body.wrong("fields", _("The items of “%s” must be a list.") % name)
        tags = words.check_literal(body, "tags")
        said = {"fields": fields, "tags": tags}
        words.require_one(body, said, "fields")
        return said

    def values(self, said: Mapping[str, Any]) -> Iterator[Value]:
        """See `acts.Saying`."""
        return values_of_fields(said["fields"])

    def changed(self, before: list[Any], items: list[Any]) -> list[Any]:
        """The list with the items."""
        return before + [item for index, item in enumerate(items) if item not in before and item not in items[:index]]

    def run(self, work: Work, said: Mapping[str, Any]) -> dict[str, Any]:
        task, changes = work.task(), {}
        stands = secrecy.opened(spec_of(task.type_version), task.fields)
        fields = {
            name: self.changed(_list(name, stands.get(name)), _list(name, work.value(items, at=f"/fields/{name}")))
            for name, items in said["fields"].items()
        }
        if fields:
            changes["fields"] = fields
        if said["tags"]:
            tags = self.changed(task.tags, _list("tags", work.value(said["tags"], at="/tags")))
            changes["tags"] = words.require_fit("tags", tags)
        services.edit_task(work.actor, work.name, changes)
        return {"fields": sorted(fields), "properties": ["tags"] if said["tags"] else []}


class RemoveItems(AddItems):
    """The opposite, in the same words; what is not there is no error."""

    def changed(self, before: list[Any], items: list[Any]) -> list[Any]:
        return [item for item in before if item not in items]


def _list(name: str, value: Any) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise Invalid.at(f"/fields/{name}", _("“%s” is no list.") % name)
    return value


class Assign:
    """`{"do": "assign", "to": "user:ana" | "reporter" | "actor" | null}`."""

    first = True

    def read(self, body: Body, setting: Setting) -> dict[str, Any]:
        to = words.read_word(body, "to")
        if "to" not in body.value:
            body.wrong("to", _("Say to whom; null is nobody."))
        check_party(body, "to", to, kinds=("user",), people=("reporter", "actor"))
        return {"to": to}

    def run(self, work: Work, said: Mapping[str, Any]) -> dict[str, Any]:
        services.edit_task(work.actor, work.name, {"assignee": work.party(said["to"])})
        return {"properties": ["assignee"]}


class SetPrivacy:
    """`{"do": "set_privacy", "privacy": …, "private_to", "app_readable"}`."""

    first = True

    def read(self, body: Body, setting: Setting) -> dict[str, Any]:
        refuse_where_people_decide(body, setting)
        privacy = body.choice("privacy", PRIVACIES)
        if privacy is None:
            body.wrong("privacy", _("This is required."))
        to = words.read_word(body, "private_to")
        check_party(body, "private_to", to, kinds=("user",), people=("reporter", "assignee", "actor"))
        readable = body.flag("app_readable") if body.has("app_readable") else None
        return {"privacy": privacy, "private_to": to, "app_readable": readable}

    def run(self, work: Work, said: Mapping[str, Any]) -> dict[str, Any]:
        changes: dict[str, Any] = {"privacy": said["privacy"]}
        if said["private_to"] is not None:
            changes["private_to"] = work.party(said["private_to"])
        if said["app_readable"] is not None:
            changes["app_readable"] = said["app_readable"]
        services.edit_task(work.actor, work.name, changes, confirm_widen=True)
        return {"properties": ["privacy"]}


def refuse_where_people_decide(body: Body, setting: Setting) -> None:
    """Who sees a task in a container of people is for a person to say, never for a rule."""
    if setting.container.is_peoples and setting.by_itself:
        body.wrong("do", _("In a container of people this happens only when somebody presses a button."))


def check_party(body: Body, key: str, said: Any, *, kinds: tuple[str, ...], people: tuple[str, ...]) -> None:
    """Notes a problem if a literal names nobody who exists."""
    if not isinstance(said, str) or said in people:
        return
    try:
        found = find(said, pointer=body.pointer(key), kinds=kinds)
    except Invalid as error:
        body.wrong(key, error.detail)
        return
    assert isinstance(found, User) or "user" not in kinds or len(kinds) > 1  # noqa: S101
