"""Pages that are reached from a task, and the steps that a post leads to: axe-core's opinion, and that they fit."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from playwright.sync_api import Page

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.tasks import services
from apps.tasks.models import Handover, ScheduledUpdate, Task
from tests.factories import make_container, make_user
from tests.tasks.test_required_in_stage import TYPE
from tests.web.test_field_files import SHAPE

from .conftest import Open, violations
from .test_pages import SIDEWAYS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

POST = """([url, said]) => {
    const form = Object.assign(document.createElement("form"), {method: "post", action: url});
    said.csrfmiddlewaretoken = document.querySelector("[name=csrfmiddlewaretoken]").value;
    for (const name in said) {
        form.append(Object.assign(document.createElement("input"), {name, value: said[name]}));
    }
    document.body.append(form);
    form.submit();
}"""
CHOICE = {"to": "user:owner", "actions": ["complete", "cancel"], "message": "May this be done?"}
PEEP = "/admin/tasks/breakglass/add/"
STEPS: list[tuple[str, dict[str, str]]] = [
    ("/tasks/TRIP/", {}), ("/tasks/TRIP/plan/", {}), ("/tasks/TRIP/plan/", {"at": "x", "title": ""}),
    ("/tasks/TRIP/sharing/", {}), ("/tasks/TRIP/sharing/", {"privacy": "restricted"}),
    ("/tasks/TRIP/sharing/with/", {"to": ""}), ("/tasks/TRIP/sharing/container/", {"container": "garage"}),
    ("/tasks/TRIP/move/", {"stage": "agreed", "seen": "open"}),
    ("/tasks/TRIP/move/", {"stage": "agreed", "seen": "open", "filled": "yes"}),
    ("/tasks/TRIP/ask/", {}), ("/tasks/TRIP/ask/", {"due_at": "x"}), ("/files/FILE/remove/", {"x": ""}),
    ("/containers/desk/types/check/migrate/", {}), ("/containers/desk/list/", {}), ("/search/?q=ferry", {}),
    ("/tasks/ASKED/", {}), ("/handovers/HANDOVER/delegate/", {"to": ""}), ("/handovers/ANSWERED/receipt/", {}),
    ("/", {}),
]  # fmt: skip


@pytest.fixture
def places(desk: Container, owner: User, owner_actor: Actor) -> dict[str, str]:
    """What stands for the words in capitals: a task with a file and a plan, one asked of the owner, one answered."""
    make_container("garage", manager=owner)
    put_type(owner_actor, "desk", "trip", TYPE)
    put_type(owner_actor, "desk", "check", SHAPE)
    trip = made(owner_actor, "trip", "Trip by ferry", description="The ferry leaves at noon. " * 20)
    asked, answered = made(owner_actor, "check", "Check the ticket"), made(owner_actor, "check", "Count the bags")
    put_type(owner_actor, "desk", "check", {**SHAPE, "title": "A check"})
    for title in ("Lock the door", "Water the plants"):
        services.hand_over(owner_actor, str(made(owner_actor, "check", title).pk), CHOICE)
    handover = ask(owner_actor, asked)
    other = ask(owner_actor, answered)
    client = Client()
    client.force_login(owner)
    file = SimpleUploadedFile("a-plan-with-quite-a-long-name-of-a-file.txt", b"text", "text/plain")
    client.post(f"/tasks/{trip.key}/notes/", {"kind": "work_note", "text": "The ferry is late", "file": file})
    client.post(
        f"/tasks/{trip.key}/plan/", {"at": "2090-01-02T10:00", "title": "Trip by train", "move": "stage:agreed"}
    )
    client.post(f"/tasks/{trip.key}/sharing/with/", {"to": make_user("guest").reference, "confirm": "yes"})
    client.post(f"/handovers/{other.pk}/submit/", {"action": "submit", "fields.count": "3"})
    assert ScheduledUpdate.objects.exists()
    keys = {"TRIP": trip.key, "ASKED": asked.key, "HANDOVER": str(handover.pk), "ANSWERED": str(other.pk)}
    return {**keys, "FILE": str(trip.attachments.get().pk)}


def made(actor: Actor, kind: str, title: str, **more: Any) -> Task:
    return services.create_task(actor, {"container": "desk", "type": kind, "title": title, **more})[0]


def ask(actor: Actor, task: Task) -> Handover:
    return services.hand_over(actor, str(task.pk), {"to": "user:owner", "fields": ["proof", "count"]})


def arrive(page: Page, url: str, said: dict[str, str]) -> None:
    """The page at `url`, or the one that posting there answers."""
    if not said:
        page.goto(url)
        return
    page.goto("/profile/")
    with page.expect_navigation():
        page.evaluate(POST, [url, dict(said)])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_newer_pages_pass_axe_and_fit(
    open_page: Open, owner: User, places: dict[str, str], scheme: str, width: int
) -> None:
    page = open_page(owner, "/profile/", scheme=scheme, width=width)
    found: dict[str, list[str]] = {}
    for path, said in STEPS:
        for word, what in places.items():
            path = path.replace(word, what)
        arrive(page, path, said)
        found[path + json.dumps(said)] = violations(page) + (["scrolls sideways"] if page.evaluate(SIDEWAYS) else [])
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_looking_as_an_administrator_is_said_and_stopped(
    open_page: Open, places: dict[str, str], owner_actor: Actor, scheme: str, width: int
) -> None:
    services.edit_task(owner_actor, places["TRIP"], {"privacy": "restricted"})
    page = open_page(make_user("root", staff=True), PEEP, scheme=scheme, width=width)
    page.locator("#id_task").fill(places["TRIP"])
    page.locator("#id_reason").fill("The owner is ill")
    page.locator("[name=_save]").click()
    page.get_by_text("You look at this task as an administrator").wait_for()
    assert violations(page) == []
    assert not page.evaluate(SIDEWAYS)
    page.get_by_role("button", name="Stop looking").click()
    page.get_by_text("Stop looking").wait_for(state="detached")
    assert page.goto(f"/tasks/{places['TRIP']}/").status == 404  # type: ignore[union-attr]
