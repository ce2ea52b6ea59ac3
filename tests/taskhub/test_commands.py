"""The commands an operator types; refusals are one line and exit status 1."""

import io

import pytest
from django.core.management import CommandError, call_command, execute_from_command_line

from apps.actors.models import ApiKey, Application, Team, User
from taskhub import __version__

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


@pytest.mark.parametrize(
    "words",
    [["create_user", "ana\n", "--password-stdin"], ["create_team", "ops\n"], ["create_application", "shop\n"]],
)
def test_name_with_a_line_break_is_refused(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError):
        run(*words, stdin="correct horse battery\n", monkeypatch=monkeypatch)


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


@pytest.mark.parametrize("command", ["serve", "create_application", "reseal"])
def test_version_of_a_command_is_that_of_taskhub(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        execute_from_command_line(["manage.py", command, "--version"])
    assert (ended.value.code, capsys.readouterr().out.strip()) == (0, __version__)
