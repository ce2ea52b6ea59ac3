"""A TaskHub in processes and windows for people; every window must end without a complaint."""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser
from taskhub_client import Client

from tests.servers import new_database

from .desk import Desk
from .hub import APPLICATIONS, BrowserHub
from .looking import SHOTS
from .window import Window

SignIn = Callable[..., Window]


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserHub]:
    """TaskHub with its cast, until the last test ends."""
    place = tmp_path_factory.mktemp("hub")
    with (
        new_database(os.environ.get("DATABASE_URL", ""), place) as database,
        BrowserHub(place, database=database) as made,
    ):
        made.prepare()
        made.start()
        yield made


@pytest.fixture
def sign_in(hub: BrowserHub, chromium: Browser) -> Iterator[SignIn]:
    """Opens a window and signs somebody in. At the end of the test no window may have a complaint."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    windows: list[tuple[str, Window]] = []

    def opened(name: str, **how: bool) -> Window:
        window = Window(chromium, hub.url, **how)
        windows.append((name, window))
        window.sign_in(name)
        return window

    yield opened
    complaints = [f"{name}: {text}" for name, window in windows for text in window.close()]
    assert not complaints, "\n".join(complaints)


@pytest.fixture(scope="session")
def applications(hub: BrowserHub) -> dict[str, Client]:
    """The REST clients of the applications, by name."""
    return {name: hub.application(hub.keys[name]) for name in APPLICATIONS}


@pytest.fixture(scope="session")
def desk(applications: dict[str, Client]) -> Desk:
    """The application `refunds`, declared."""
    made = Desk(applications["refunds"])
    made.declare()
    return made
