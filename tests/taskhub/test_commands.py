"""The commands an operator types; refusals are one line and exit status 1."""

import io

import pytest
from django.core.management import CommandError, call_command

from apps.actors.models import ApiKey, Application, Team, User

pytestmark = pytest.mark.django_db


def run(*words: str, stdin: str = "", monkeypatch: pytest.MonkeyPatch | None = None) -> str:
    out = io.StringIO()
    if monkeypatch:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
    call_command(*words, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_user_gets_password_email_and_teams(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["create_user", "ana", "--password-stdin", "--email", "ana@example.org", "--team", "dba"]
    run(*words, stdin="correct horse\n", monkeypatch=monkeypatch)
    ana = User.objects.get(username="ana")
    assert ana.check_password("correct horse")
    assert (ana.email, list(ana.teams.all()), ana.is_superuser) == ("ana@example.org", [team], False)


def test_staff_makes_an_administrator(monkeypatch: pytest.MonkeyPatch) -> None:
    run("create_user", "root", "--password-stdin", "--staff", stdin="correct horse\n", monkeypatch=monkeypatch)
    assert User.objects.get(username="root").is_superuser


def test_unknown_team_makes_no_user(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="no team named nix"):
        run("create_user", "ana", "--password-stdin", "--team", "nix", stdin="correct horse", monkeypatch=monkeypatch)
    assert not User.objects.exists()


def test_taken_names_are_refused(
    owner: User, team: Team, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CommandError, match="already"):
        run("create_user", "owner", "--password-stdin", stdin="correct horse", monkeypatch=monkeypatch)
    with pytest.raises(CommandError, match="already"):
        run("create_team", "dba")
    with pytest.raises(CommandError, match="already"):
        run("create_application", "migrator")


def test_new_application_prints_its_key_alone() -> None:
    printed = run("create_application", "shop", "--title", "The shop")
    assert printed.startswith("th_")
    assert printed.count("\n") == 1
    assert printed.split("_")[1] == ApiKey.objects.get(application__name="shop").prefix


def test_issued_key_is_a_further_one(application: Application) -> None:
    assert run("issue_key", "migrator") != run("issue_key", "migrator")
    assert application.keys.count() == 2


def test_key_of_unknown_application_is_refused() -> None:
    with pytest.raises(CommandError, match="no application named nix"):
        run("issue_key", "nix")


def test_team_is_made() -> None:
    run("create_team", "ops", "--title", "Operations")
    assert Team.objects.get(slug="ops").title == "Operations"
