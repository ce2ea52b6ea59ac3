"""Whatever a browser sends, no page answers 5xx, and nothing that it names by guessing exists."""

import random
from collections.abc import Iterator

import pytest
from django.test import Client

from apps.actors.models import User
from apps.tasks.models import Handover

from .conftest import Ask, Browse, Make
from .test_doors_of_pages import paths_of

pytestmark = pytest.mark.django_db

TEXTS = [
    "",
    " ",
    "\0",
    "x" * 5000,
    "-1",
    "9" * 400,
    "1e999",
    "null",
    "[]",
    "{}",
    "user:",
    "team:dba",
    "../..",
    "é\u202e",
]
TEXTS += ["2030-02-30T25:61", "<b>&amp;", "' OR 1=1 --", "%00", "NaN", "0193a1b2-0000-7000-8000-000000000001", "\ud7ff"]
NAMES = [
    "fields.rows",
    "fields.rows.0",
    "fields.source",
    "fields.cutover_at",
    "fields.cutover_at.offset",
    "fields.",
    "text",
]
NAMES += ["action", "enter", "comment", "kind", "stage", "to", "title", "description", "assignee", "due_at", "version"]
NAMES += [
    "member",
    "role",
    "slug",
    "everyone",
    "team",
    "follow",
    "confirm",
    "note",
    "step",
    "once",
    "add-row",
    "remove-row",
]
NAMES += ["theme", "zone", "q", "page", "tab", "seen", "sort", "type", "status", "more", "next", "changed", "draft"]


def posts(rounds: int) -> Iterator[dict[str, list[str]]]:
    """Random forms, the same ones every time."""
    dice = random.Random(7)
    for _ in range(rounds):
        names = dice.sample(NAMES, dice.randint(0, 8))
        yield {name: [dice.choice(TEXTS) for _ in range(dice.randint(1, 2))] for name in names}


@pytest.fixture
def handover(make: Make, ask: Ask) -> Handover:
    return ask(make(privacy="inherit"), to="user:member", fields=["rows", "cutover_at"], actions=["complete", "cancel"])


def failures(client: Client, urls: list[str]) -> list[str]:
    found = []
    for url in urls:
        for form in posts(6):
            for answer in (client.get(url, form), client.post(url, form)):
                if answer.status_code >= 500:
                    found.append(f"{answer.status_code} {url} {form}")
    return found


@pytest.mark.parametrize("who", ["member", "stranger"])
def test_no_form_breaks_a_page(browse: Browse, request: pytest.FixtureRequest, handover: Handover, who: str) -> None:
    user: User = request.getfixturevalue(who)
    request.getfixturevalue("desk")
    client = browse(user)
    client.raise_request_exception = False
    task = handover.task
    urls = paths_of({"name": task.key or "", "id": str(handover.pk), "slug": "migrations", "key": task.key or ""})
    desk = paths_of({"name": "task", "slug": "desk"})
    assert failures(client, urls + [url for url in desk if "<" not in url]) == []


@pytest.mark.parametrize(
    "url", ["/tasks/%00/", "/tasks/" + "x" * 3000 + "/", "/containers/%F0%9F%98%80/", "/?page=%00", "/?tab=%FF"]
)
def test_strange_addresses_are_answered(browse: Browse, stranger: User, url: str) -> None:
    assert browse(stranger).get(url).status_code in (200, 400, 404)


def test_too_large_a_form_is_refused_with_a_page(browse: Browse, stranger: User) -> None:
    answer = browse(stranger).post("/profile/", {"zone": "x" * (1024 * 1024 + 10)})
    assert answer.status_code == 400
    assert answer.headers["X-Request-ID"].encode() in answer.content
