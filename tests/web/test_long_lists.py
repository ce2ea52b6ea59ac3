"""The page of a container with very many tasks: sorts that no index has, and pages that nobody turns to."""

from typing import Any

import pytest

from apps.actors.models import User
from apps.containers.models import Container
from apps.tasks.queries import counts
from apps.web.pages import paging

from .conftest import Browse, Make


@pytest.mark.parametrize(
    ("sort", "is_sorted"), [("title", False), ("-due", False), ("status", True), ("changed", True)]
)
def test_too_many_are_not_sorted(
    browse: Browse, requester: User, make: Make, container: Container, monkeypatch: Any, sort: str, is_sorted: bool
) -> None:
    for number in range(3):
        make(title=f"Task {number}")
    monkeypatch.setattr(counts, "MOST_SORTED", 2)
    page = browse(requester).get(f"/containers/{container.slug}/list/?sort={sort}")
    assert ("too many tasks to sort" in page.content.decode()) is not is_sorted
    assert len(page.context["rows"]) == 3
    monkeypatch.setattr(counts, "MOST_SORTED", 3)
    page = browse(requester).get(f"/containers/{container.slug}/list/?sort={sort}")
    assert "too many tasks to sort" not in page.content.decode()


def test_last_page_has_no_next(
    browse: Browse, requester: User, make: Make, container: Container, monkeypatch: Any
) -> None:
    for number in range(4):
        make(title=f"Task {number}")
    monkeypatch.setattr(paging, "SIZE", 1)
    monkeypatch.setattr(paging, "MOST_PAGES", 3)
    client = browse(requester)
    pages = [client.get(f"/containers/{container.slug}/list/?page={number}").context["page"] for number in (1, 3, 4)]
    assert [bool(page["older"]) for page in pages] == [True, False, False]
