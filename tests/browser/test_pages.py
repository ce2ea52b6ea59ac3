"""Every page in both themes, wide and narrow: no violation that axe-core finds, nothing that must be scrolled aside."""

import pytest

from apps.actors.models import User
from apps.operations.models import Operation
from apps.tasks.models import Handover

from .conftest import Open, violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = [
    "/", "/?tab=teams", "/?tab=asked", "/requests/", "/requests/mine/", "/requests/migrations/migration/",
    "/containers/", "/containers/new/", "/containers/migrations/", "/containers/migrations/list/", "/search/?q=plan",
    "/profile/", "/profile/password/", "/notifications/", "/operations/", "/tasks/NO-SUCH/", "TASK",
]  # fmt: skip
MANAGED = [
    "/containers/desk/", "/containers/desk/settings/", "/containers/desk/tasks/new/", "/operations/",
    "/operations/plan/?container=migrations", "OPERATION",
]  # fmt: skip
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_pages_pass_axe_and_fit(
    open_page: Open, ana: User, owner: User, question: Handover, operation: Operation, scheme: str, width: int
) -> None:
    found: dict[str, list[str]] = {}
    addresses = {"TASK": f"/tasks/{question.task.key}/", "OPERATION": f"/operations/{operation.pk}/"}
    for user, paths in ((ana, PAGES), (owner, MANAGED), (None, ["/login/"])):
        page = open_page(user, "/login/", scheme=scheme, width=width)
        for path in paths:
            page.goto(addresses.get(path, path))
            found[path] = violations(page) + (["scrolls sideways"] if page.evaluate(SIDEWAYS) else [])
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_narrowest_page_fits(open_page: Open, ana: User, question: Handover) -> None:
    page = open_page(ana, f"/tasks/{question.task.key}/", width=320)
    assert not page.evaluate(SIDEWAYS)
