"""Containers of people: their list, a new one, and what their managers may set."""

from typing import Any

import pytest

from apps.actors.models import Team, User
from apps.containers.models import Container, Membership

from .conftest import Browse, text_of

pytestmark = pytest.mark.django_db
SETTINGS = "/containers/desk/settings/"
MEMBERS = "/containers/desk/members/"


def roles(slug: str = "desk") -> dict[str, str]:
    rows = Membership.objects.filter(container__slug=slug).select_related("user", "team", "application")
    return {row.member: row.role for row in rows}


def test_list_shows_what_exists_for_the_reader(
    browse: Browse, viewer: User, stranger: User, container: Container, desk: Container
) -> None:
    page = text_of(browse(viewer).get("/containers/"))
    assert 'href="/containers/migrations/"' in page
    assert "Desk" not in page
    page = text_of(browse(stranger).get("/containers/"))
    assert "No container yet" in page
    assert "Migrations" not in page


def test_whoever_makes_one_is_its_manager(browse: Browse, stranger: User) -> None:
    sent = {"title": "Plans", "slug": "plans", "description": "Ours", "everyone": "viewer"}
    answer = browse(stranger).post("/containers/new/", sent)
    made = Container.objects.get(slug__startswith="plans-")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/containers/{made.slug}/")
    assert (made.title, made.everyone, made.application) == ("Plans", "viewer", None)
    assert roles(made.slug) == {"user:stranger": "manager"}


def test_nobody_learns_from_the_page_that_a_hidden_container_has_a_name(
    browse: Browse, stranger: User, desk: Container
) -> None:
    for slug in ("desk", "absent", ""):
        answer = browse(stranger).post("/containers/new/", {"title": "Desk", "slug": slug})
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith(f"/containers/{slug or 'desk'}-")


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"title": "", "slug": "plans"}, "Give it a title."),
        ({"title": "Plans", "slug": "Not a slug"}, "lower-case letters"),
        ({"title": "Plans", "slug": "app-plans"}, "app-"),
        ({"title": "Plans", "slug": "plans", "everyone": "manager"}, ""),
        ({"title": "P" * 300, "slug": "plans"}, "characters"),
    ],
)
def test_refused_container_keeps_what_was_typed(
    browse: Browse, stranger: User, desk: Container, sent: dict[str, str], said: str
) -> None:
    answer = browse(stranger).post("/containers/new/", {**sent, "description": "My words"})
    page = text_of(answer)
    assert answer.status_code == 422
    assert said in page
    assert "My words" in page
    assert f'value="{sent["slug"]}"' in page
    assert Container.objects.filter(application=None).count() == 1


def test_settings_are_for_managers(browse: Browse, owner: User, member: User, desk: Container) -> None:
    assert "Settings" in text_of(browse(owner).get("/containers/desk/"))
    assert browse(owner).get(SETTINGS).status_code == 200
    client = browse(member)
    assert SETTINGS not in text_of(client.get("/containers/desk/"))
    assert client.get(SETTINGS).status_code == 403
    assert client.post(SETTINGS, {"title": "Mine now"}).status_code == 403
    assert client.post(MEMBERS, {"member": "user:member", "role": "manager"}).status_code == 403
    assert client.post(f"{MEMBERS}user:owner/remove/").status_code == 403
    assert roles() == {"user:owner": "manager", "user:member": "contributor"}


def test_stranger_finds_no_settings(browse: Browse, stranger: User, desk: Container) -> None:
    client = browse(stranger)
    assert client.post(MEMBERS, {"member": "user:stranger", "role": "manager"}).status_code == 404
    assert client.post(SETTINGS, {"everyone": "viewer"}).status_code == 404
    assert client.post(f"{MEMBERS}user:owner/remove/").status_code == 404


def test_words_and_everyone_are_changed(browse: Browse, owner: User, desk: Container) -> None:
    answer = browse(owner).post(SETTINGS, {"title": "Front desk", "description": "For all", "everyone": "requester"})
    assert answer.status_code == 303
    desk.refresh_from_db()
    assert (desk.title, desk.description, desk.everyone) == ("Front desk", "For all", "requester")


def test_refused_settings_keep_what_was_typed(browse: Browse, owner: User, desk: Container) -> None:
    answer = browse(owner).post(SETTINGS, {"title": "", "description": "My words", "everyone": "nobody"})
    assert answer.status_code == 422
    assert "My words" in text_of(answer)
    desk.refresh_from_db()
    assert (desk.title, desk.everyone) == ("Desk", "none")


def test_members_come_change_and_go(browse: Browse, owner: User, stranger: User, team: Team, desk: Container) -> None:
    client = browse(owner)
    for reference, role in (("team:dba", "viewer"), ("user:stranger", "requester"), ("user:stranger", "viewer")):
        assert client.post(MEMBERS, {"member": reference, "role": role}).status_code == 303
    assert roles() == {
        "user:owner": "manager", "user:member": "contributor", "team:dba": "viewer", "user:stranger": "viewer",
    }  # fmt: skip
    assert client.post(f"{MEMBERS}team:dba/remove/").status_code == 303
    assert "team:dba" not in roles()


@pytest.mark.parametrize("sent", [("user:nobody", "viewer"), ("ana", "viewer"), ("user:stranger", "king"), ("", "")])
def test_refused_member_keeps_what_was_typed(
    browse: Browse, owner: User, stranger: User, desk: Container, sent: tuple[str, str]
) -> None:
    answer = browse(owner).post(MEMBERS, {"member": sent[0], "role": sent[1]})
    assert answer.status_code == 422
    if sent[0]:
        assert f'value="{sent[0]}"' in text_of(answer)
    assert len(roles()) == 2


def test_last_manager_stays(browse: Browse, owner: User, desk: Container) -> None:
    client = browse(owner)
    answer = client.post(f"{MEMBERS}user:owner/remove/")
    assert (answer.status_code, "The container needs a manager." in text_of(answer)) == (422, True)
    assert client.post(MEMBERS, {"member": "user:owner", "role": "viewer"}).status_code == 422
    assert roles()["user:owner"] == "manager"


def test_gets_change_nothing_and_posts_need_the_token(browse: Browse, owner: User, desk: Container) -> None:
    client = browse(owner)
    assert client.get(MEMBERS, {"member": "user:owner", "role": "viewer"}).status_code == 405
    assert client.get(f"{MEMBERS}user:member/remove/").status_code == 405
    client.get(SETTINGS, {"title": "Other"})
    strict = browse(owner, strict=True)
    assert strict.post(SETTINGS, {"title": "Other"}).status_code == 403
    assert strict.post("/containers/new/", {"title": "Plans", "slug": "plans"}).status_code == 403
    desk.refresh_from_db()
    assert (desk.title, len(roles())) == ("Desk", 2)


@pytest.mark.parametrize(("path", "most"), [("", 10), ("desk/settings/", 15)])
def test_ceiling_of_queries(
    browse: Browse, owner: User, desk: Container, path: str, most: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(8):
        made = Container.objects.create(slug=f"c{number}", title=f"C {number}")
        Membership.objects.create(container=made, user=owner, role="viewer")
    client = browse(owner)
    with django_assert_max_num_queries(most):
        client.get(f"/containers/{path}")
