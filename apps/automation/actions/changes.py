"""Actions that change the task itself: its fields and properties, its assignee, who sees it."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.actors.models import User
from apps.actors.references import find
from apps.containers.type_document.actions import Setting
from apps.containers.type_document.expressions import Computed
from apps.containers.type_document.failover import PRIVACIES
from apps.containers.type_document.literals import Value, values_of_fields
from apps.core.body import Body
from apps.core.errors import Invalid
from apps.core.shapes import Anything, Choice, Flag, FreeObject, Items, Map, Object, Text, or_null
from apps.tasks import services
from apps.tasks.access import TaskPermissions
from apps.tasks.rendering import visible_values

from . import work as words
from .documents import ListItems, NewPrivacy, Person, UnsetFields
from .work import Work

TIMES = ("due_at", "start_at")


class Set:
    """`{"do": "set", "fields": {…}, "title", "priority", …}`: what PATCH takes."""

    first = True
    shape = Object(
        {
            "fields": FreeObject(nullable=True),
            **{name: Computed(shape) for name, shape in words.PROPERTIES.items()},
            **{name: or_null(words.TIME) for name in TIMES},
        },
        name="SetBody",
        about="What changes; a value may be computed.",
        nullable=True,
    )

    def accept(self, body: Body, setting: Setting) -> dict[str, object]:
        action: dict[str, Any] = {"fields": words.read_fields(body, "fields", setting)}
        action |= {name: body.value[name] for name in (*words.PROPERTIES, *TIMES) if name in body.value}
        words.require_one(body, action, "fields")
        return action

    def values(self, action: Mapping[str, Any]) -> Iterator[Value]:
        """See `WithValues` in `type_document/actions.py`."""
        return values_of_fields(action["fields"])

    def changes(self, work: Work, action: Mapping[str, Any]) -> dict[str, Any]:
        """What PATCH would take, with every value computed. Raises Invalid."""
        changes: dict[str, Any] = {}
        if action.get("fields"):
            changes["fields"] = work.value(action["fields"], at="/fields")
        for name in action:
            if name in words.PROPERTIES:
                changes[name] = words.require_fit(name, work.value(action[name], at=f"/{name}"))
            elif name in TIMES:
                changes[name] = words.timestamp_at(work, action, name)
        return changes

    def run(self, work: Work, action: Mapping[str, Any]) -> dict[str, object]:
        changes = self.changes(work, action)
        services.edit_task(work.actor, work.name, changes)
        return {"fields": sorted(changes.get("fields", {})), "properties": sorted(set(changes) - {"fields"})}


class Unset:
    """`{"do": "unset", "fields": ["rows"]}`: the fields have no value any more."""

    first = True

    shape = Object({"fields": Items(Text(64), 200, least=1)}, required=["fields"])

    def accept(self, body: Body, setting: Setting) -> dict[str, object]:
        return {"fields": words.read_field_names(body, "fields", setting)}

    def run(self, work: Work, action: UnsetFields) -> dict[str, object]:
        services.unset_fields(work.actor, work.name, action["fields"])
        return {"fields": sorted(action["fields"])}


class AddItems:
    """`{"do": "add_items", "fields": {"labels": ["x"]}, "tags": ["y"]}`: what is there already is not added twice."""

    first = True
    shape = Object(
        {
            "fields": Map(Computed(Items(Anything(), 1000, nullable=True)), 500),
            "tags": Computed(words.PROPERTIES["tags"]),
        },
        drops_null=True,
    )

    def accept(self, body: Body, setting: Setting) -> dict[str, object]:
        action = {"fields": words.read_fields(body, "fields", setting), "tags": body.get("tags")}
        words.require_one(body, action, "fields")
        return action

    def values(self, action: ListItems) -> Iterator[Value]:
        """See `WithValues` in `type_document/actions.py`."""
        return values_of_fields(action["fields"])

    def changed(self, before: list[Any], items: list[Any]) -> list[Any]:
        """The list with the items."""
        return before + [item for index, item in enumerate(items) if item not in before and item not in items[:index]]

    def run(self, work: Work, action: ListItems) -> dict[str, object]:
        task, changes = work.task(), {}
        stands = visible_values(TaskPermissions(work.actor, task))  # hidden fields are as if absent
        fields = {
            name: self.changed(_list(name, stands.get(name)), _list(name, work.value(items, at=f"/fields/{name}")))
            for name, items in action["fields"].items()
        }
        if fields:
            changes["fields"] = fields
        if action["tags"]:
            tags = self.changed(task.tags, _list("tags", work.value(action["tags"], at="/tags")))
            changes["tags"] = words.require_fit("tags", tags)
        services.edit_task(work.actor, work.name, changes)
        return {"fields": sorted(fields), "properties": ["tags"] if action["tags"] else []}


class RemoveItems(AddItems):
    """The opposite, in the same words; what is not there is no error."""

    def changed(self, before: list[object], items: list[object]) -> list[object]:
        return [item for item in before if item not in items]


def _list(name: str, value: object) -> list[object]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise Invalid.at(f"/fields/{name}", _("“%s” is no list.") % name)
    return value


class Assign:
    """`{"do": "assign", "to": "user:ana" | "reporter" | "actor" | null}`."""

    first = True
    shape = Object({"to": Computed(Text(200, nullable=True))}, required=["to"])

    def accept(self, body: Body, setting: Setting) -> dict[str, object]:
        to = body.get("to")
        check_party(body, "to", to, kinds=("user",), people=("reporter", "actor"))
        return {"to": to}

    def run(self, work: Work, action: Person) -> dict[str, object]:
        services.edit_task(work.actor, work.name, {"assignee": work.party(action["to"])})
        return {"properties": ["assignee"]}


class SetPrivacy:
    """`{"do": "set_privacy", "privacy": …, "private_to", "app_readable"}`."""

    first = True
    shape = Object(
        {"privacy": Choice(PRIVACIES), "private_to": Computed(Text(200)), "app_readable": Flag()},
        required=["privacy"], drops_null=True,
    )  # fmt: skip

    def accept(self, body: Body, setting: Setting) -> dict[str, object]:
        refuse_where_people_decide(body, setting)
        to = body.get("private_to")
        check_party(body, "private_to", to, kinds=("user",), people=("reporter", "assignee", "actor"))
        return {"privacy": body.get("privacy"), "private_to": to, "app_readable": body.get("app_readable")}

    def run(self, work: Work, action: NewPrivacy) -> dict[str, object]:
        changes: dict[str, Any] = {"privacy": action["privacy"]}
        if action["private_to"] is not None:
            changes["private_to"] = work.party(action["private_to"])
        if action["app_readable"] is not None:
            changes["app_readable"] = action["app_readable"]
        services.edit_task(work.actor, work.name, changes, confirm_widen=True)
        return {"properties": ["privacy"]}


def refuse_where_people_decide(body: Body, setting: Setting) -> None:
    """Who sees a task in a container of people is for a person to say, never for a rule."""
    if setting.container.is_peoples and setting.by_itself:
        body.wrong("do", _("In a container of people this happens only when somebody presses a button."))


def check_party(body: Body, key: str, reference: object, *, kinds: tuple[str, ...], people: tuple[str, ...]) -> None:
    """Notes a problem if a literal names nobody who exists."""
    if not isinstance(reference, str) or reference in people:
        return
    try:
        party = find(reference, pointer=body.pointer(key), kinds=kinds)
    except Invalid as error:
        body.wrong(key, error.detail)
        return
    assert isinstance(party, User) or "user" not in kinds or len(kinds) > 1  # noqa: S101
