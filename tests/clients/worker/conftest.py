"""The worker, against a served TaskHub and against the one in memory: the same tests hold for both."""

import pytest
from taskhub_client import Client
from taskhub_client.testing import MemoryHub

from tests.servers import wait_until

SERVED = pytest.param("served", marks=[pytest.mark.processes, pytest.mark.own_servers])


@pytest.fixture(params=[SERVED, "memory"])
def place(request):
    """The kind of TaskHub; that in memory is made anew for each test."""
    return MemoryHub() if request.param == "memory" else request.getfixturevalue("hub")


@pytest.fixture
def client(place, request):
    """A client of the application."""
    if isinstance(place, MemoryHub):
        yield place.client
        return
    with Client(place.url, request.getfixturevalue("key")) as made:
        yield made


@pytest.fixture
def ana(place, request):
    """Somebody who may be asked."""
    return place.person("ana") if isinstance(place, MemoryHub) else request.getfixturevalue("signed_in_ana")


@pytest.fixture
def asked(ana):
    """The question with this title in Ana's inbox, as soon as it is there."""

    def look(title):
        def find():
            return next((item for item in ana.inbox() if item["title"] == title), None)

        return wait_until(find, f"{title!r} to be asked", seconds=60)

    return look
