"""What is typed into a form survives a closed tab, a stopped server, the end of the session and a second click."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from apps.actors.actor import Actor
from apps.actors.models import Session, User
from apps.containers.models import Container, Membership
from apps.containers.services import put_type
from apps.containers.services.types import put_builtin
from apps.events.unit_of_work import unit_of_work
from apps.tasks import services
from apps.tasks.models import Handover, Note, Task
from tests.factories import PASSWORD

from .conftest import Open, violations
from .test_pages import SIDEWAYS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@dataclass(frozen=True)
class Form:
    """A form, what is typed into it, its button, and what then exists once more; what is pressed to reach it."""

    path: str
    typed: dict[str, str]
    button: str
    count: Callable[[], int] = lambda: 0
    press: tuple[str, ...] = ()


FORMS = {
    "note": Form("/tasks/TASK/", {"#compose-text": "Two\nlines"}, "#compose [data-primary]", Note.objects.count),
    "answer": Form(
        "/tasks/ASKED/", {"[name='fields.rows']": "12", "#answer-comment": "Because"}, "button[value=complete]",
        lambda: Handover.objects.filter(state="submitted").count(),
    ),
    "new task": Form(
        "/containers/desk/tasks/new/", {"#task-title": "New one", "#task-description": "All\nof it"},
        "main [data-primary]", Task.objects.count,
    ),
    "container settings": Form(
        "/containers/desk/settings/", {"#container-title": "Other desk", "#container-description": "For all"},
        "main [data-primary]", lambda: Container.objects.filter(title="Other desk").count(),
    ),
    "task edit": Form(
        "/tasks/TASK/edit/", {"[name=title]": "Renamed", "[name=tags]": "a, b"}, "main [data-primary]",
        lambda: Task.objects.filter(title="Renamed").count(),
    ),
    "plan": Form("/tasks/TASK/plan/", {"#plan-at": "2040-05-01T09:30", "#plan-title": "Later"}, "main [data-primary]"),
    "ask": Form(
        "/tasks/TASK/ask/", {"#ask-message": "Is it?", "#ask-due_at": "2040-05-01T09:30"}, "main [data-primary]"
    ),
    "new container": Form(
        "/containers/new/", {"#container-title": "Cellar", "#container-description": "Below"}, "main [data-primary]"
    ),
    "move": Form(
        "/tasks/CARD/", {"[name='fields.cost']": "5"}, "main [data-primary]",
        lambda: Task.objects.filter(stage="agreed").count(), press=("details.drop summary", "button[value=agreed]"),
    ),
}  # fmt: skip
LONG = {"task edit", "plan", "ask", "new container", "move"}
EACH = [pytest.param(FORMS[name], id=name, marks=[pytest.mark.long] if name in LONG else []) for name in FORMS]


@pytest.fixture
def path_of(ana: User, question: Handover, desk: Container, owner_actor: Actor, stranger: User) -> Callable[[str], str]:
    with unit_of_work():
        put_builtin(desk)
    Membership.objects.create(container=desk, user=ana, role="manager")
    body = {"container": "desk", "type": "task", "title": "Tidy up"}
    task, _made = services.create_task(owner_actor, body)
    stages = [{"name": "open", "status": "new"}, {"name": "agreed", "requires": ["cost"]}]
    schema = {"type": "object", "properties": {"cost": {"type": "integer"}}}
    put_type(owner_actor, "desk", "card", {"title": "Card", "stages": stages, "schema": schema})
    card, _made = services.create_task(owner_actor, {**body, "type": "card"})
    keys = {"TASK": task.key, "ASKED": question.task.key, "CARD": card.key}

    def named(path: str) -> str:
        for name, key in keys.items():
            path = path.replace(name, key or "")
        return path

    return named


def reach(page: Page, form: Form, address: str) -> None:
    page.goto(address)
    for place in form.press:
        page.locator(place).first.click()


def fill(page: Page, form: Form) -> None:
    for place, text in form.typed.items():
        if page.locator(place).evaluate("input => input.tagName") == "SELECT":
            page.locator(place).select_option(text)
        else:
            page.locator(place).fill(text)


def expect_typed(page: Page, form: Form) -> None:
    for place, text in form.typed.items():
        expect(page.locator(place)).to_have_value(text)


def send(page: Page, form: Form) -> None:
    page.locator(form.button).first.click(no_wait_after=True)


@pytest.mark.parametrize("form", EACH)
def test_text_survives_until_it_is_taken_once(
    open_page: Open, ana: User, path_of: Callable[[str], str], form: Form
) -> None:
    address = path_of(form.path)
    page = open_page(ana, address)
    reach(page, form, address)
    fill(page, form)
    page.wait_for_timeout(400)
    page.close()
    page = page.context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    reach(page, form, address)
    expect_typed(page, form)

    page.route("**/*", lambda route: route.abort("connectionrefused"))
    with page.expect_event("requestfailed"):
        send(page, form)
    page.wait_for_timeout(200)  # the browser shows its own page
    page.unroute("**/*")
    reach(page, form, address)
    expect_typed(page, form)
    if "#answer-comment" not in form.typed:  # its draft is on the server
        expect(page.get_by_text("it was not sent")).to_be_visible()

    Session.objects.all().delete()
    send(page, form)
    expect(page.get_by_text("You were signed out, and nothing was sent.")).to_be_visible()
    page.get_by_label("Name").fill("ana")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    for text in form.typed.values():
        expect(page.locator("main")).to_contain_text(text)
    before = form.count()
    page.get_by_role("button", name="Send it now").dblclick(no_wait_after=True)
    expect(page.get_by_role("heading", name="You were signed out")).to_have_count(0)
    if form.count is not Form.count:
        assert form.count() == before + 1
    if page.locator("main [aria-invalid]").count() == 0:  # taken: the form is empty again
        assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('typed:'))") == []


def test_offline_says_so_and_keeps_the_text(open_page: Open, ana: User, path_of: Callable[[str], str]) -> None:
    form = FORMS["note"]
    page = open_page(ana, path_of(form.path))
    fill(page, form)
    page.context.set_offline(True)
    send(page, form)
    expect(page.get_by_text("No connection, nothing was sent.")).to_be_visible()
    expect_typed(page, form)
    page.context.set_offline(False)
    send(page, form)
    expect(page.locator("#timeline")).to_contain_text("lines")
    assert Note.objects.count() == 1


def test_draft_says_saved_only_when_it_is(open_page: Open, ana: User, path_of: Callable[[str], str]) -> None:
    form, status = FORMS["answer"], "[data-draft-status]"
    page = open_page(ana, path_of(form.path))
    page.route("**/draft/", lambda route: route.abort("connectionrefused"))
    fill(page, form)
    expect(page.locator(status)).to_have_text("No connection: the draft is not saved. Your text is still here.")
    page.unroute("**/draft/")
    page.locator("#answer-comment").fill("Because!")
    expect(page.locator(status)).to_contain_text("Draft saved")
    assert Handover.objects.get(draft_comment="Because!").draft == {"rows": 12}
    Session.objects.all().delete()
    page.locator("#answer-comment").fill("Because of it")
    expect(page.locator(status)).to_have_text("The draft could not be saved. Your text is still here.")
    expect(page.get_by_role("link", name="Sign in in a new tab")).to_be_visible()
    assert violations(page) == []


def test_part_of_a_page_stays_when_the_session_has_ended(open_page: Open, ana: User, question: Handover) -> None:
    page = open_page(ana, "/")
    Session.objects.all().delete()
    button = page.locator(".irow", has_text="Good plan?").get_by_role("button", name="Complete by hand")
    button.click()
    expect(page.get_by_text("You were signed out, nothing was sent.")).to_be_visible()
    with page.expect_popup() as popup:
        page.get_by_role("link", name="Sign in in a new tab").click()
    popup.value.get_by_label("Name").fill("ana")
    popup.value.get_by_label("Password").fill(PASSWORD)
    popup.value.get_by_role("button", name="Sign in").click()
    expect(popup.value.get_by_role("heading", name="Inbox", level=1)).to_be_visible()
    button.click()
    expect(page.locator(".irow", has_text="Good plan?")).to_have_count(0)
    assert Handover.objects.filter(state="submitted").count() == 1


def test_sign_out_forgets_what_was_typed(open_page: Open, ana: User, path_of: Callable[[str], str]) -> None:
    form = FORMS["note"]
    page = open_page(ana, path_of(form.path))
    fill(page, form)
    page.wait_for_timeout(400)
    assert page.evaluate("Object.keys(localStorage).length") == 1
    page.locator(".usermenu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.evaluate("Object.keys(localStorage).length") == 0


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_pages_of_the_sign_in_are_accessible(
    open_page: Open, ana: User, path_of: Callable[[str], str], scheme: str, width: int
) -> None:
    form = FORMS["note"]
    page = open_page(ana, path_of(form.path), scheme=scheme, width=width, scripts=True)
    fill(page, form)
    Session.objects.all().delete()
    send(page, form)
    page.get_by_label("Name").fill("ana")
    assert (violations(page), page.evaluate(SIDEWAYS)) == ([], False)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Send it now")).to_be_visible()
    assert (violations(page), page.evaluate(SIDEWAYS)) == ([], False)
