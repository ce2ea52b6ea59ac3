"""What holds for every page: signing in, tokens, methods, error pages, ceilings of queries."""

from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver

from apps.actors.models import User
from apps.tasks.models import Task
from tests.factories import PASSWORD

from .conftest import Ask, Browse, Make, text_of, url_of

pytestmark = pytest.mark.django_db


def test_signing_in_leads_where_one_wanted_to_go(client: Client, stranger: User) -> None:
    asked = client.get("/requests/mine/")
    assert asked.headers["Location"] == "/login/?next=/requests/mine/"
    sent = {"username": "stranger", "password": PASSWORD, "next": "/requests/mine/"}
    assert client.post("/login/", sent).headers["Location"] == "/requests/mine/"
    assert client.get("/login/").headers["Location"] == "/"


def test_sign_in_never_leads_to_another_site(client: Client, stranger: User) -> None:
    sent = {"username": "stranger", "password": PASSWORD, "next": "//evil.example/"}
    assert client.post("/login/", sent).headers["Location"] == "/"


def test_wrong_password_keeps_the_name(client: Client, stranger: User) -> None:
    page = text_of(client.post("/login/", {"username": "stranger", "password": "wrong"}))
    assert "That did not work" in page
    assert 'value="stranger"' in page


def test_too_many_wrong_passwords_lock_out(client: Client, stranger: User, settings: Any) -> None:
    settings.SIGN_IN_TRIES = 2
    for _ in range(3):
        answer = client.post("/login/", {"username": "stranger", "password": "wrong"})
    assert answer.status_code == 429
    assert "Too many tries" in text_of(answer)
    assert int(answer.headers["Retry-After"]) > 0


def test_signing_out_takes_a_post(browse: Browse, stranger: User) -> None:
    client = browse(stranger)
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").headers["Location"] == "/login/"
    assert client.get("/").headers["Location"].startswith("/login/")


def test_post_without_the_token_is_refused_and_writes_nothing(
    browse: Browse, requester: User, make: Make, ask: Ask
) -> None:
    handover = ask(make(), fields=[], actions=["complete"])
    answer = browse(requester, strict=True).post(f"/handovers/{handover.pk}/submit/", {"action": "complete"})
    assert answer.status_code == 403
    assert "This page was too old to send" in text_of(answer)
    assert answer.headers["X-Request-ID"] in text_of(answer)
    assert Task.objects.get(pk=handover.task_id).status == "handed_over"


@pytest.mark.parametrize(
    "url", ["/tasks/NO-SUCH/", "/tasks/0193a1b2-0000-7000-8000-000000000001/", "/handovers/x/submit/", "/nowhere/"]
)
def test_absent_pages_carry_the_request_id(browse: Browse, stranger: User, url: str) -> None:
    answer = browse(stranger).get(url)
    assert answer.status_code == 404
    assert answer.headers["X-Request-ID"] in text_of(answer)


def test_our_own_fault_says_its_number_and_nothing_else(
    browse: Browse, stranger: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.web.views.inbox.inbox_page", lambda request: 1 / 0)
    client = browse(stranger)
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"] in text_of(answer)
    assert "ZeroDivision" not in text_of(answer)


def test_get_of_every_page_changes_nothing(browse: Browse, owner: User, make: Make, ask: Ask) -> None:
    task = make(privacy="inherit")
    handover = ask(task, to="user:owner", fields=[], actions=["complete"])
    before = list(Task.objects.values()), handover.state
    client = browse(owner)
    for url in paths_of({"name": task.key, "id": str(handover.pk), "slug": "migrations", "key": task.key}):
        client.get(url, {"action": "complete", "confirm": "yes", "stage": "done"})
    handover.refresh_from_db()
    assert (list(Task.objects.values()), handover.state) == before


def paths_of(values: dict[str, str]) -> list[str]:
    patterns = next(p for p in get_resolver().url_patterns if getattr(p, "app_name", "") == "web").url_patterns
    found = []
    for pattern in patterns:
        path = "/" + str(pattern.pattern)
        for name, value in values.items():
            path = path.replace(f"<str:{name}>", value)
        if "logout" not in path:
            found.append(path.replace("<str:reference>", "user:owner"))
    return found


def test_task_page_has_a_ceiling_of_queries(
    browse: Browse, owner: User, make: Make, ask: Ask, django_assert_max_num_queries: Any
) -> None:
    task, client = make(privacy="inherit"), browse(owner)
    ask(task)
    for number in range(20):
        client.post(f"{url_of(task)}notes/", {"text": f"note {number}", "kind": "comment"})
    with django_assert_max_num_queries(18):
        client.get(url_of(task))


@pytest.mark.parametrize(("tab", "most"), [("", 7), ("?tab=teams", 7), ("?tab=asked", 10), ("?tab=done", 10)])
def test_inbox_has_a_ceiling_of_queries(
    browse: Browse, member: User, make: Make, ask: Ask, tab: str, most: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(6):
        ask(make(title=f"Task {number}", reporter="user:member"), to=["user:member", "team:dba"][number % 2])
    client = browse(member)
    with django_assert_max_num_queries(most):
        client.get(f"/{tab}")
