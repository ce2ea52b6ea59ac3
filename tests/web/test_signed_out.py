"""What was typed is not lost when its person is signed out before it is sent; nobody else ever gets it."""

import html
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from apps.actors.models import User
from apps.tasks.models import Note, Task
from tests.factories import PASSWORD, make_user

from .conftest import Browse, Make, text_of, url_of

pytestmark = pytest.mark.django_db
INPUT = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def inputs(answer: HttpResponse, form: str = "") -> dict[str, str]:
    """The hidden inputs of a page's last form, or of the one that posts to an address."""
    page = answer.content.decode()
    start = page.index(f'action="{form}"') if form else page.rindex("<form")
    return {name: html.unescape(value) for name, value in INPUT.findall(page[start : page.index("</form>", start)])}


@pytest.fixture
def task(make: Make) -> Task:
    return make()


def note(task: Task) -> str:
    return f"{url_of(task)}notes/"


def sign_in(client: Client, page: HttpResponse, name: str, password: str = PASSWORD) -> Any:
    return client.post("/login/", {**inputs(page), "username": name, "password": password})


@pytest.fixture
def page(browse: Browse, requester: User, task: Task) -> tuple[Client, dict[str, str]]:
    """A browser with the page of a task, and what its form for comments posts; the session has ended."""
    client = browse(requester, strict=True)
    typed = {**inputs(client.get(url_of(task)), note(task)), "kind": "comment", "text": 'Two\r\nlines & "more"'}
    del client.cookies["sessionid"]
    return client, typed


def test_a_post_is_carried_over_the_sign_in_and_sent_by_a_button(page: Any, task: Task, requester: User) -> None:
    client, typed = page
    answer = client.post(note(task), typed)
    assert answer.status_code == 401
    assert "What you typed is not lost" in text_of(answer)
    assert "Two" not in text_of(answer)
    answer = sign_in(client, answer, requester.username, "wrong")
    answer = sign_in(client, answer, requester.username)
    assert "You were signed out" in text_of(answer)
    assert "lines &amp; &quot;more&quot;" in text_of(answer)
    assert "Everybody who sees the task" in text_of(answer)
    assert not Note.objects.exists()
    assert client.post(note(task), inputs(answer)).status_code == 303
    assert Note.objects.get().text.splitlines() == ["Two", 'lines & "more"']


def test_nobody_else_gets_it(page: Any, task: Task, stranger: User) -> None:
    client, typed = page
    answer = sign_in(client, client.post(note(task), typed), stranger.username)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert "somebody else" in text_of(client.get("/"))


def test_a_post_without_its_person_is_never_shown(page: Any, task: Task, requester: User) -> None:
    client, typed = page
    for owner in ("", "x" * 24):
        answer = sign_in(client, client.post(note(task), {**typed, "form_of": owner}), requester.username)
        assert answer.headers["Location"] == "/"
        client.cookies.pop("sessionid")


def test_a_forged_text_is_not_carried(client: Client, stranger: User) -> None:
    posted = {"username": "stranger", "password": PASSWORD, "carried": "forged", "next": "/search/"}
    assert client.post("/login/", posted).headers["Location"] == "/search/"


def test_files_are_named_and_chosen_again(page: Any, task: Task, requester: User) -> None:
    client, typed = page
    answer = client.post(note(task), {**typed, "file": SimpleUploadedFile("plan.pdf", b"x")})
    shown = text_of(sign_in(client, answer, requester.username))
    assert "plan.pdf" in shown
    assert '<input type="file" id="again-1" name="file" multiple>' in shown


def test_what_is_too_long_to_be_carried_is_said(page: Any, task: Task, settings: Any) -> None:
    client, typed = page
    text = "".join(chr(0x4E00 + n * 7919 % 20000) for n in range(290_000))
    answer = client.post(note(task), {**typed, "text": text})
    assert (answer.status_code, "too long to be carried" in text_of(answer)) == (401, True)


def test_passwords_are_not_carried(browse: Browse, requester: User) -> None:
    client = browse(requester)
    client.logout()
    answer = client.post("/profile/password/", {"old_password": "hunter2"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login/")


def test_script_gets_401_and_no_page(client: Client, task: Task) -> None:
    for answer in (
        client.post(note(task), {"text": "x"}, headers={"HX-Request": "true"}),
        client.get("/inbox/changes/", headers={"HX-Request": "true"}),
    ):
        assert (answer.status_code, text_of(answer)) == (401, "You are signed out.")


def test_a_form_from_before_signing_in_anew_is_shown_and_sent(page: Any, task: Task, requester: User) -> None:
    client, typed = page
    client.post("/login/", {**inputs(client.get("/login/")), "username": requester.username, "password": PASSWORD})
    answer = client.post(note(task), typed)
    assert (answer.status_code, "You were signed out" in text_of(answer)) == (200, True)
    assert not Note.objects.exists()
    assert client.post(note(task), inputs(answer)).status_code == 303


def test_an_old_form_of_somebody_else_is_refused(page: Any, browse: Browse, task: Task, stranger: User) -> None:
    client, typed = page
    client.post("/login/", {**inputs(client.get("/login/")), "username": stranger.username, "password": PASSWORD})
    answer = client.post(note(task), typed)
    assert answer.status_code == 403
    assert "lines" not in text_of(answer)


def test_a_form_of_somebody_else_is_refused_though_its_token_is_good(
    page: Any, browse: Browse, task: Task, requester: User
) -> None:
    _client, typed = page
    answer = browse(make_user("eve")).post(note(task), typed)
    assert (answer.status_code, "opened by somebody else" in text_of(answer)) == (403, True)
    assert browse(requester).post(note(task), typed).status_code == 303


def test_old_sign_in_page_leads_on(browse: Browse, requester: User) -> None:
    client = Client(enforce_csrf_checks=True)
    old = inputs(client.get("/login/"))
    again = client.post("/login/", {**old, "csrfmiddlewaretoken": "x" * 64, "username": "a", "password": "b"})
    assert (again.status_code, "too old" in text_of(again)) == (403, True)
    client.force_login(requester)
    client.cookies.pop("csrftoken")
    assert client.post("/login/", {**old, "username": "a", "password": "b"}).headers["Location"] == "/"


def test_refused_post_shows_what_was_typed(browse: Browse, requester: User, stranger: User, task: Task) -> None:
    answer = browse(stranger).post(note(task), {"text": "A long text", "kind": "comment"})
    assert (answer.status_code, "A long text" in text_of(answer)) == (404, True)


def test_the_administration_is_carried_too(client: Client) -> None:
    root = make_user("root", staff=True)
    client.force_login(root)
    address = "/admin/actors/team/add/"
    typed = {**inputs(client.get(address)), "slug": "dba", "title": "Data"}
    client.logout()
    answer = sign_in(client, client.post(address, typed), "root")
    assert "Data" in text_of(answer)
