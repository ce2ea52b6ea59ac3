"""The field matrix: containers × states × audiences × fields, and every surface says the same of each cell.

A letter a field, in the order of FIELDS: hidden, locked, read, write; "-": the task is hidden.
"""

from typing import Any

import orjson
import pytest

from taskhub.rehearsal.privacy_proof.client import Identity, Response
from taskhub.rehearsal.privacy_proof.requests import Request

from .matrix import AUDIENCES, FIELDS, identities, value_of, world

pytestmark = pytest.mark.django_db
NOBODY_WRITES = "lhlhlhh lhhhlhl lhhhlhh lhhllhh - lllllll lhhhlhh"
OF_APPLICATIONS = {
    "free": "lhwhlhh lhhhlhl lhhhwhh lhhwwhh - wwwwwww rhhhrhh",
    "second stage": "lhwhlhh lhhhlhl lhhhlhh lhhwlhh - wwwwwww rhhhrhh",
    "asked": "lhlhlhh lhhhlhl lhhhlhh lhhllhh wwhhlhh lllllll lhhhlhh",
    "leased": NOBODY_WRITES,
    "ended": NOBODY_WRITES,
}
OF_PEOPLE = {
    "free": "rhwhrhh rhhhrhr whhhwhh whhwwhh - - rhhhrhh",
    "second stage": "rhwhrhh rhhhrhr whhhrhh whhwrhh - - rhhhrhh",
    "asked": "lhlhlhh lhhhlhl lhhhlhh lhhllhh whhwlhh - lhhhlhh",
    "ended": "lhlhlhh lhhhlhl lhhhlhh lhhllhh - - lhhhlhh",
}
CELLS = [
    pytest.param(peoples, state, marks=() if state in ("free", "asked") else pytest.mark.long)
    for peoples, states in ((False, OF_APPLICATIONS), (True, OF_PEOPLE))
    for state in states
]
# What each may know of the type, whatever the task: who may create one may be its reporter.
KNOWN = {
    "reporter": {"plain", "mine", "staged"}, "viewer": {"plain", "mine", "staged", "named"},
    "contributor": {"plain", "mine", "staged"}, "manager": {"plain", "mine", "boss", "staged"},
    "member application": {"plain", "mine", "staged"},
}  # fmt: skip
WORDS = {"h": "hidden", "l": "locked", "r": "read", "w": "write"}


def get(identity: Identity, path: str, query: str = "") -> Response:
    return identity.send(Request("api/" if path.startswith("/api") else "", "GET", path, query))


def api(identity: Identity, path: str, query: str = "") -> Any:
    return orjson.loads(get(identity, "/api/v1" + path, query).body)


@pytest.mark.parametrize(("peoples", "state"), CELLS)
def test_every_surface_says_the_same(peoples: bool, state: str) -> None:
    cast, task = world(peoples, state)
    rows = dict(zip(AUDIENCES, (OF_PEOPLE if peoples else OF_APPLICATIONS)[state].split(), strict=True))
    slug, wrong = "desk" if peoples else "shared", []
    for name, identity in identities(cast).items():
        path = f"/tasks/{task['id']}"
        if rows[name] == "-":
            assert get(identity, f"/api/v1{path}").status == 404, name
            continue
        levels = {field: WORDS[letter] for field, letter in zip(FIELDS, rows[name], strict=True)}
        found = [*read(identity, path, levels), *written(identity, path, levels), *filters(identity, levels)]
        found += [*known(identity, slug, name, peoples=peoples), *told(identity, path, slug, levels)]
        found += [] if "application" in name else shown(identity, path, levels)
        wrong += [f"{name}: {what}" for what in found]
    assert wrong == []


def read(identity: Identity, path: str, levels: dict[str, str]) -> list[str]:
    """The task as JSON, and its custody with reasons and who can change what."""
    body, custody = api(identity, path), api(identity, path + "/custody")["fields"]
    seen = {field: level for field, level in levels.items() if level != "hidden"}
    wrong = [] if body["fields"] == {field: value_of(field) for field in seen} else [f"reads {body['fields']}"]
    wrong += [] if body["access"] == seen else [f"access {body['access']}"]
    wrong += [] if {field: said["access"] for field, said in custody.items()} == seen else [f"custody {custody}"]
    return wrong + [
        f"no reason: {field}" for field, said in custody.items() if (said["access"] == "write") is bool(said["reason"])
    ]


def written(identity: Identity, path: str, levels: dict[str, str]) -> list[str]:
    """PATCH: done, refused as locked, or there is no such field, as a typo reads. Open handovers take answers only."""
    wrong = []
    for field, level in {**levels, "typo": "hidden"}.items():
        body = orjson.dumps({"fields": {field: "new"}}).decode()
        answer = identity.send(Request("api/", "PATCH", "/api/v1" + path, body=body))
        code = (orjson.loads(answer.body).get("errors") or [{}])[0].get("code") or orjson.loads(answer.body).get("code")
        expected = {"hidden": "unknown_field", "write": None}.get(level, "locked")
        if code != expected and code != "already_ended":
            wrong.append(f"writes {field} ({level}): {answer.status} {code}")
    return wrong


def filters(identity: Identity, levels: dict[str, str]) -> list[str]:
    """Filters find values that the caller reads, but no secret; there is no order by a field.

    Search finds no more than that, and what everybody reads always; it may find less (`search/index.py`).
    """
    wrong = []
    for field, level in levels.items():
        count = api(identity, "/tasks", f"fields.{field}={value_of(field)}&count=true")["count"]
        wrong += [] if count == (level != "hidden" and field != "secret") else [f"filters {field}: {count}"]
        wrong += [] if get(identity, "/api/v1/tasks", f"order=fields.{field}").status == 400 else [f"orders by {field}"]
        found = bool(api(identity, "/search", f"q={value_of(field)}")["results"])
        wrong += [f"searches {field}"] if found and (level == "hidden" or field == "secret") else []
        wrong += [f"does not search {field}"] if not found and field == "plain" and level != "hidden" else []
    return wrong


def known(identity: Identity, slug: str, name: str, *, peoples: bool) -> list[str]:
    """The type's schema: whoever has a role knows what they could read, its owner (managers among people) all."""
    if name == "target":
        return []
    fields = set(api(identity, f"/containers/{slug}/types/matrix")["schema"]["properties"])
    whole = name == "application" or (peoples and name == "manager")
    return [] if fields == (set(FIELDS) if whole else KNOWN[name]) else [f"knows {sorted(fields)}"]


def told(identity: Identity, path: str, slug: str, levels: dict[str, str]) -> list[str]:
    """History, handovers, notifications, lists: nothing of what is hidden."""
    places = [
        path + "/events",
        "/handovers",
        "/notifications",
        "/inbox",
        "/tasks",
        f"/containers/{slug}/types/matrix/versions",
    ]
    texts = {place: get(identity, "/api/v1" + place).body for place in places}
    hidden = [field for field, level in levels.items() if level == "hidden"]
    return [f"{field} in {place}" for place, text in texts.items() for field in hidden if value_of(field) in text]


def shown(identity: Identity, path: str, levels: dict[str, str]) -> list[str]:
    """The page: values and labels of what is read, controls for what is written."""
    html, wrong = get(identity, path + "/").body, []
    for field, level in levels.items():
        visible = level != "hidden"
        wrong += [] if (value_of(field) in html) is visible else [f"page shows {field}"]
        wrong += [] if (f"Title-{field}" in html) is visible else [f"page labels {field}"]
        wrong += [] if (f'name="fields.{field}"' in html) is (level == "write") else [f"page asks {field}"]
    return wrong
