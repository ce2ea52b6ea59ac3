"""Worlds that differ only in what an author does not see, and random documents that the author publishes in them.

Each world is written into a savepoint, the author's calls are answered in it, and it is undone: both begin alike.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

import orjson
from django.db import transaction
from django.utils import timezone

from apps.core.timestamps import format_timestamp
from tests.api.world import Caller, Json

Step = tuple[str, str, Any]
"""Method, path and body of one call."""
TEXT: Json = {"type": "string"}
NUMBERS = (0, 4, 4711)
WORDS = ("x", "blue", "green")
SHADES = [*WORDS, None]


@dataclass(frozen=True)
class World:
    """Where an author works: `hidden` are the readers of what the author does not read, `owner` who writes it."""

    name: str
    slug: str
    author: Caller
    owner: Caller
    hidden: Json
    publishes: bool
    """Whether the author publishes the types, too."""

    @property
    def path(self) -> str:
        return f"/containers/{self.slug}"

    def type_document(self, **properties: Json) -> Json:
        """The type that both worlds begin with, with some properties or rules instead."""
        own = {
            "note": TEXT,
            "list": {"type": "array", "items": TEXT},
            "pay": {"type": "integer", **self.hidden},
            "mood": {**TEXT, **self.hidden},
            "marks": {"type": "array", "items": TEXT, **self.hidden},
        }
        stages = [{"name": "todo", "status": "new"}, {"name": "doing", "status": "in_progress"}, {"name": "second"}]
        return {"title": "Card", "stages": stages, "schema": {"type": "object", "properties": own | properties}}


class _Undone(Exception):
    pass


def answers(world: World, tasks: list[Json], hidden: Json, steps: list[Step]) -> list[str]:
    """What the author's calls answer where the hidden values are as given; nothing of it stays."""
    told: list[str] = []
    names: dict[str, str] = {}
    try:
        with transaction.atomic():
            _hide(world, tasks, hidden)
            for method, path, body in steps:
                answer = world.author(method, path, body)
                shown = f"{answer.status_code} {answer.content.decode()}"
                told.append(f"{method} {path} {orjson.dumps(body).decode()}\n    → {_alike(shown, names)}")
            raise _Undone
    except _Undone:
        return told


def _hide(world: World, tasks: list[Json], hidden: Json) -> None:
    """Write what only its owner sees: values of fields, and a private task."""
    for task, values in zip(tasks, hidden["fields"], strict=True):
        answer = world.owner.patch(f"/tasks/{task['id']}", {"fields": values})
        assert answer.status_code == 200, answer.content
    for body in hidden["tasks"]:
        world.owner.made("/tasks", body)


VARYING = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[A-Z]{2,5}-[0-9A-HJKMNP-TV-Z]{5}\b"
    r"|\d{4}-\d\d-\d\dT[\d:.]+Z|\b[0-9a-f]{16,}\b|\"(?:next|events_after)\": ?\"[^\"]+\"|\"sequence\": ?\d+"
)


def _alike(text: str, names: dict[str, str]) -> str:
    """The text with names that are made anew in each world (ids, keys, times) by the order in which they come."""

    def name(found: re.Match[str]) -> str:
        value = found.group()
        if "T" in value and value.endswith("Z"):
            return "TIME"
        if value.startswith('"'):
            return value.split(":")[0]
        return names.setdefault(value, f"#{len(names)}")

    return VARYING.sub(name, text)


# --- What differs --------------------------------------------------------------------------------------


def hidden_state(random: Random, world: World, tasks: list[Json]) -> Json:
    """One state of what the author does not see."""
    fields = [
        {
            "pay": random.choice([None, *NUMBERS]),
            "mood": random.choice(SHADES),
            "marks": random.choice([None, [], ["x"], ["blue", "x"]]),
        }
        for _task in tasks
    ]
    if world.slug == "desk":
        privacy: Json = {"privacy": "private", "private_to": "user:member"}
    else:
        privacy = {"privacy": "application"}
    body = {"container": world.slug, "type": "card", "title": random.choice(WORDS), "fields": fields[0], **privacy}
    fields_without_null = {name: value for name, value in fields[0].items() if value is not None}
    return {
        "fields": fields,
        "tasks": [{**body, "fields": fields_without_null} for _ in range(random.choice([0, 1, 2]))],
    }


# --- What the author does ------------------------------------------------------------------------------


def script(random: Random, world: World, tasks: list[Json], length: int) -> list[Step]:
    """Random calls of the author, each made of the same few words, so that they meet the hidden values."""
    makers: list[Callable[[Random, World, str], Iterator[Step]]] = [
        _rule, _rule, _filter, _filter, _edit, _handover, _update, _widen, _read,
    ]  # fmt: skip
    if world.publishes:
        makers += [_type, _type, _migration, _migration, _transition, _move]
    else:
        makers += [_edit, _edit]
    steps: list[Step] = []
    while len(steps) < length:
        task = random.choice(tasks)["id"]
        steps += random.choice(makers)(random, world, task)
    return steps


def _condition(random: Random) -> str:
    return random.choice(
        [
            "fields.pay > 4", "fields.pay == 4711", "has(fields.pay)", "fields.mood == 'blue'", "'x' in fields.marks",
            "fields.mood.startsWith('b')", "size(fields.marks) == 1", "fields.note == fields.mood", "has(fields.note)",
        ]
    )  # fmt: skip


def _rule(random: Random, world: World, task: str) -> Iterator[Step]:
    """A rule, and what it would do to a task."""
    actions: list[Json] = [
        {"do": "add_items", "fields": {random.choice(["marks", "list", "mood"]): [random.choice(WORDS)]}},
        {"do": "remove_items", "fields": {"marks": ["x"]}},
        {"do": "set", "fields": {"note": {"cel": random.choice(["fields.mood", "string(fields.pay)", "'y'"])}}},
        {"do": "set", "fields": {random.choice(["pay", "mood", "note"]): random.choice([4711, "x"])}},
        {"do": "unset", "fields": [random.choice(["pay", "mood", "marks", "note"])]},
        {"do": "add_note", "text": "Seen"},
    ]
    path = f"{world.path}/rules/look"
    document: Json = {"on": random.choice(["task.updated", "task.created"]), "actions": [random.choice(actions)]}
    if random.random() < 0.5:
        document["when"] = _condition(random)
    yield "PUT", path, document
    yield "POST", path + "/test", {"task": task}
    yield "GET", path, None


def _filter(random: Random, world: World, task: str) -> Iterator[Step]:
    one = random.choice(
        [
            "fields.pay=4711", "fields.pay__gt=4", "fields.pay__isnull=true", "fields.mood=blue", "fields.typo=blue",
            "fields.mood__contains=b", "fields.marks__contains=x", "q=blue", "q=green", "fields.note=x", "status=new",
        ]
    )  # fmt: skip
    order = random.choice(["", "&order=-updated_at", "&order=created_at"])
    yield "GET", f"/tasks?container={world.slug}&count=true&{one}{order}", None


def _edit(random: Random, world: World, task: str) -> Iterator[Step]:
    field = random.choice(["note", "note", "pay", "marks", "typo"])
    query = random.choice(["", "?preview=true"])
    yield "PATCH", f"/tasks/{task}{query}", {"fields": {field: random.choice(["x", "blue", None])}}


def _handover(random: Random, world: World, task: str) -> Iterator[Step]:
    field = random.choice(["note", "pay", "mood", "typo"])
    asked: Json = {"name": field, "proposed": random.choice(["x", 4, None])}
    body = {"to": "user:owner", "fields": [random.choice([field, asked])], "actions": ["return"]}
    if random.random() < 0.3:
        late = {"do": "submit", "action": "return", "fields": {field: random.choice(["x", 4])}}
        body |= {"due_at": "2099-01-01T00:00:00Z", "on_timeout": late}
    yield "POST", f"/tasks/{task}/hand-over", body


def _update(random: Random, world: World, task: str) -> Iterator[Step]:
    changes = {"fields": {random.choice(["note", "pay", "typo"]): random.choice(["x", 4711])}}
    at = format_timestamp(timezone.now() + timedelta(days=1))
    yield "POST", f"/tasks/{task}/scheduled-updates", {"at": at, "set": changes}


def _widen(random: Random, world: World, task: str) -> Iterator[Step]:
    confirmed = random.choice([{}, {"confirm_widen": True}])
    yield "PUT", f"{world.path}/members/user:stranger", {"role": random.choice(["viewer", "requester"]), **confirmed}


def _read(random: Random, world: World, task: str) -> Iterator[Step]:
    yield "GET", f"/tasks/{task}{random.choice(['', '/events', '/custody', '/notes'])}", None
    yield (
        "GET",
        random.choice([f"{world.path}/types/card", "/search?q=blue", "/notifications", f"{world.path}/rules"]),
        None,
    )


def _type(random: Random, world: World, task: str) -> Iterator[Step]:
    """Another version, often one that is narrower for a hidden field, or depends on one."""
    hidden = world.hidden
    changes: list[Callable[[Json], object]] = [
        lambda document: document["schema"]["properties"].update(pay={"type": "integer", "maximum": 4, **hidden}),
        lambda document: document["schema"]["properties"].update(pay={"type": "integer"}),
        lambda document: document["schema"]["properties"].update(mood={"enum": ["x", "blue"], **hidden}),
        lambda document: document["schema"]["properties"].pop("marks"),
        lambda document: document["schema"]["properties"].update(more=TEXT),
        lambda document: document["schema"]["properties"].update(note={**TEXT, "maxLength": 1}),
        lambda document: document["schema"]["properties"].pop("note"),
        lambda document: document["schema"]["properties"].update(more=document["schema"]["properties"].pop("note")),
        lambda document: document["schema"].update(required=[random.choice(["pay", "note"])]),
        lambda document: document["schema"].update(dependentRequired={"mood": ["note"]}),
        lambda document: document["schema"].update(
            {"if": {"properties": {"pay": {"const": 4711}}}, "then": {"properties": {"note": {"const": "x"}}}}
        ),
        lambda document: document["schema"].update(maxProperties=2),
        lambda document: document["stages"][2].update(requires=[random.choice(["pay", "note"])]),
        lambda document: document.update(transitions=[_way(random)]),
    ]
    document = world.type_document()
    for change in random.sample(changes, random.choice([1, 1, 2])):
        try:
            change(document)
        except KeyError:
            continue
    yield "PUT", f"{world.path}/types/card", document


def _way(random: Random) -> Json:
    return {"name": "go", "title": "Go", "from": ["todo"], "to": "second", "when": _condition(random)}


def _transition(random: Random, world: World, task: str) -> Iterator[Step]:
    yield "PUT", f"{world.path}/types/card", {**world.type_document(), "transitions": [_way(random)]}
    yield "POST", f"{world.path}/types/card/migrate", {"confirm_widen": True}
    yield "GET", f"/tasks/{task}", None
    yield "POST", f"/tasks/{task}/transitions/go", {}


def _migration(random: Random, world: World, task: str) -> Iterator[Step]:
    orders: list[Json] = [
        {}, {"map": {"note": {"x": "y"}}}, {"map": {"pay": {"4711": 4}}}, {"rename": {"note": "more"}},
        {"rename": {"marks": "list"}}, {"rename": {"mood": "note"}}, {"drop": ["marks"]}, {"drop": ["note"]},
        {"values": {"pay": 4}}, {"values": {"mood": "x"}}, {"stages": {"todo": "second"}}, {"to_version": 1},
    ]  # fmt: skip
    path, body = (
        f"{world.path}/types/card/migrate",
        random.choice(orders) | random.choice([{}, {"confirm_widen": True}]),
    )
    if random.random() < 0.6:
        yield from _type(random, world, task)
    else:
        document = world.type_document()
        document["schema"]["properties"]["more"] = document["schema"]["properties"].pop("note")
        yield "PUT", f"{world.path}/types/card", document
    yield "POST", path, {**body, "dry_run": True}
    yield "POST", path, body
    yield "GET", path, None
    yield "GET", path + "/left?count=true", None


def _move(random: Random, world: World, task: str) -> Iterator[Step]:
    """To a place of the author, where the type reads wider, or narrower."""
    pay: Json = random.choice(
        [{"type": "integer"}, {"type": "integer", **world.hidden}, {"type": "integer", "maximum": 4}]
    )
    document = world.type_document(pay=pay)
    yield "PATCH", "/containers/mine", {"title": "Mine"}
    yield "PUT", "/containers/mine/types/card", document
    yield "POST", f"/tasks/{task}/move?preview=true", {"container": "mine"}
    yield "POST", f"/tasks/{task}/move", {"container": "mine", "confirm_widen": True}
