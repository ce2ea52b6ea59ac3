"""Debian's Chromium before a live server, signed in as one of the cast; what its console complains of is a failure."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.actors.references import actor_of_user
from apps.containers.models import Container, Membership
from apps.containers.services import put_type
from apps.operations import services as operations
from apps.operations.models import Operation
from apps.tasks import services
from apps.tasks.models import Handover
from tests.factories import make_user
from tests.web.conftest import SHAPE

CHROMIUM = "/usr/bin/chromium"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
AXE = Path(__file__).with_name("vendor") / "axe.min.js"
RUN_AXE = "async () => (await axe.run()).violations.map(v => `${v.id}: ${v.nodes.map(n => n.target).join(' ')}`)"

expect.set_options(timeout=30_000)  # other suites may have the machine
Open = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop runs beside our own queries
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser, live_server: Any) -> Iterator[Open]:
    """Opens a page as a user. `scripts`, `scheme` and `width` are the browser's."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_one(
        user: User | None, path: str, *, scripts: bool = True, scheme: str = "light", width: int = 1440
    ) -> Page:
        context = chromium.new_context(
            base_url=live_server.url,
            java_script_enabled=scripts,
            color_scheme=scheme,  # type: ignore[arg-type]
            viewport={"width": width, "height": 900},
        )
        contexts.append(context)
        if user is not None:
            context.add_cookies([{"name": "sessionid", "value": _session_of(user), "url": live_server.url}])
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert [said for said in complaints if "status of 4" not in said and "net::ERR_" not in said] == []


def _session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong. It is run past the page's policy, which admits no foreign script."""
    page.evaluate(AXE.read_text())
    found: list[str] = page.evaluate(RUN_AXE)
    return found


@pytest.fixture
def ana(transactional_db: None, container: Container) -> User:
    user = make_user("ana")
    Membership.objects.create(container=container, user=user, role="requester")
    return user


@pytest.fixture
def question(ana: User, container: Container, application_actor: Actor, desk: Container) -> Handover:
    """Ana is asked for two fields of her task, and for a plain yes or no on another one."""
    put_type(application_actor, container.slug, "migration", SHAPE)
    body = {"container": container.slug, "type": "migration", "reporter": "user:ana", "fields": {"source": "a"}}
    for title, asked in (("Good plan?", []), ("Move orders", ["rows", "cutover_at"])):
        task, _made = services.create_task(application_actor, {**body, "title": title})
        request = {"to": "user:ana", "fields": asked, "actions": ["complete", "cancel"], "message": "Please."}
        handover = services.hand_over(application_actor, str(task.pk), request)
    return handover


@pytest.fixture
def operation(owner: User, question: Handover) -> Operation:
    """The owner cancels the application's tasks, and nothing has been done yet."""
    actor, body = actor_of_user(owner), {"kind": "cancel", "filter": {"container": "migrations"}}
    _body, _options, plan = operations.plan_operation(actor, {**body, "dry_run": True})
    return operations.begin_operation(actor, {**body, "plan": plan.render()["plan"]}, {}, plan)
