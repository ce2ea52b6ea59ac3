"""Applications and their owners over REST: who may look after one, and that others do not learn that there is one."""

import pytest

from apps.actors.models import Application, Team, User
from apps.events import event_types
from apps.events.models import Event
from tests.factories import make_application, make_user

from .world import Caller, Json

OWNED = "/applications/migrator"


@pytest.fixture
def owned(application: Application, member: User) -> Application:
    application.owners.add(member)
    return application


def did() -> list[Json]:
    return [event.data for event in Event.objects.filter(type=event_types.ACCOUNT_CHANGED).order_by("position", "id")]


def test_application_reads_itself(app: Caller, owned: Application) -> None:
    read = app.get(OWNED).json()
    assert (read["name"], read["title"], read["active"], read["owners"]) == (
        "migrator", owned.title, True, ["user:member"],
    )  # fmt: skip


def test_owner_by_name_or_by_team_and_administrator_read_it(owned: Application, member: User, stranger: User) -> None:
    team = Team.objects.create(slug="care", title="Care")
    stranger.teams.add(team)
    owned.owner_teams.add(team)
    for user in (member, stranger, make_user("root", staff=True)):
        assert Caller(user=user).get(OWNED).json()["owners"] == ["team:care", "user:member"]


def test_title_is_changed_and_told(app: Caller, application: Application) -> None:
    assert app.patch(OWNED, {"title": " Mover "}).json()["title"] == "Mover"
    assert app.patch(OWNED, {}).json()["title"] == "Mover"
    assert [event for event in did() if event["did"] == "application_changed"] == [
        {"did": "application_changed", "name": "migrator", "changed": ["title"]}
    ]


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"title": ""}, "invalid", "/title"), ({"title": "x" * 201}, "invalid", "/title"),
        ({"title": None}, "invalid", "/title"), ({"active": False}, "unknown_field", "/active"),
    ],
)  # fmt: skip
def test_wrong_title_is_refused(app: Caller, body: Json, code: str, pointer: str) -> None:
    refused = app.patch(OWNED, body)
    assert (refused.status_code, refused.json()["code"]) == (400, code)
    assert [problem["pointer"] for problem in refused.json()["errors"]] == [pointer]


def test_owner_is_added_once_and_told(app: Caller, team: Team, stranger: User) -> None:
    first, again = (app.put(f"{OWNED}/owners/user:stranger") for _ in range(2))
    assert (first.status_code, first.json()["changed"]) == (201, True)
    assert (again.status_code, again.json()["changed"], again.json()["owners"]) == (200, False, ["user:stranger"])
    assert first.headers["ETag"] == app.get(OWNED).headers["ETag"]
    app.put(f"{OWNED}/owners/team:{team.slug}")
    told = [(event["added"], event["removed"]) for event in did() if event["did"] == "owners_changed"]
    assert told == [(["user:stranger"], []), ([team.reference], [])]


def test_owner_makes_another_and_leaves(owned: Application, member: User, stranger: User) -> None:
    caller = Caller(user=member)
    assert caller.put(f"{OWNED}/owners/user:stranger").status_code == 201
    assert caller.delete(f"{OWNED}/owners/user:member").status_code == 204
    assert caller.get(OWNED).status_code == 404
    assert list(owned.owners.all()) == [stranger]


def test_owner_that_is_none_is_not_removed(app: Caller, stranger: User) -> None:
    assert app.delete(f"{OWNED}/owners/user:stranger").status_code == 404
    assert app.delete(f"{OWNED}/owners/frog").status_code == 404


@pytest.mark.parametrize("reference", ["user:nobody", "application:billing", "frog", "team:no%00"])
def test_owner_that_is_no_party_is_refused(app: Caller, other_application: Application, reference: str) -> None:
    assert app.put(f"{OWNED}/owners/{reference}").status_code in (400, 404)


def test_deactivated_person_is_no_new_owner_and_an_old_one_can_be_removed(app: Caller, owned: Application) -> None:
    User.objects.filter(username="member").update(is_active=False)
    assert app.put(f"{OWNED}/owners/user:stranger").status_code == 400
    assert app.delete(f"{OWNED}/owners/user:member").status_code == 204


def test_stale_version_is_refused(app: Caller, stranger: User) -> None:
    stale = app.get(OWNED).headers["ETag"]
    assert app.put(f"{OWNED}/owners/user:stranger", If_Match=stale).status_code == 201
    for method, path, body in (
        ("PATCH", "", {"title": "B"}), ("DELETE", "/owners/user:stranger", None), ("PUT", "/owners/user:member", None),
    ):  # fmt: skip
        assert app(method, OWNED + path, body, If_Match=stale).status_code == 412


def test_to_others_there_is_no_such_application(
    app: Caller, owned: Application, other_app: Caller, outsider: Caller
) -> None:
    make_application("idle")
    for caller in (other_app, outsider):
        for method, path, body in [
            ("GET", "", None), ("PATCH", "", {"title": "X"}), ("PUT", "/owners/user:stranger", None),
            ("PUT", "/owners/user:nobody", None), ("DELETE", "/owners/user:member", None),
        ]:  # fmt: skip
            hidden, absent = (caller(method, f"/applications/{name}{path}", body) for name in ("migrator", "nowhere"))
            assert (hidden.status_code, hidden.content) == (404, absent.content), (method, path)
