"""Users, teams and applications in the administration: every change goes through a service and is recorded."""

import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from apps.actors.models import ApiKey, Application, Team, User
from apps.events.models import Event
from tests.factories import PASSWORD

USERS = "/admin/actors/user/"


def told() -> list[str]:
    return [event.data["did"] for event in Event.objects.filter(type="account.changed").order_by("id")]


def change(client, row, **values):
    """Posts a row's page as a browser does, with some values changed; None unticks a box."""
    page = f"/admin/actors/{row._meta.model_name}/{row.pk}/change/"
    shown = client.get(page).context
    fields = {name: value for name, value in shown["adminform"].form.initial.items() if value}
    for inline in shown["inline_admin_formsets"]:
        management = inline.formset.management_form
        fields |= {f"{inline.formset.prefix}-{name}": value for name, value in management.initial.items()}
    fields |= values
    return client.post(page, {name: value for name, value in fields.items() if value is not None}, follow=True)


def test_createsuperuser_works(db, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", username="boss", email="boss@example.org", interactive=False)
    assert User.objects.get(username="boss").is_superuser


def test_creating_a_user(people_client):
    form = {"username": "ana", "email": "ana@example.org", "password1": PASSWORD, "password2": PASSWORD}
    answer = people_client.post(f"{USERS}add/", form)
    ana = User.objects.get(username="ana")
    assert answer.headers["Location"] == f"{USERS}{ana.pk}/password-link/"
    assert not ana.has_usable_password()
    assert (ana.email, ana.is_staff) == ("ana@example.org", False)
    assert told() == ["user_created"]


def test_what_the_service_refuses_is_a_message(people_client, stranger):
    form = {"username": "STRANGER", "email": ""}
    answer = people_client.post(f"{USERS}add/", form, follow=True)
    assert "There is a user named STRANGER already." in answer.content.decode()
    assert not User.objects.filter(username="STRANGER").exists()


def test_the_name_stays(people_client, stranger):
    change(people_client, stranger, first_name="Sam", username="other")
    stranger.refresh_from_db()
    assert (stranger.username, stranger.first_name) == ("stranger", "Sam")
    assert told() == ["user_changed"]


def test_deactivating(people_client, stranger, client):
    client.force_login(stranger, "apps.actors.sign_in.backend.PasswordBackend")
    change(people_client, stranger, is_active=None)
    stranger.refresh_from_db()
    assert not stranger.is_active
    assert client.get("/admin/").status_code == 302


def test_nobody_locks_themselves_out(root_client, root):
    answer = change(root_client, root, is_active=None)
    assert "You cannot take your own access away." in answer.content.decode()
    root.refresh_from_db()
    assert root.is_active
    assert root.is_superuser


def test_administrators_of_people_get_no_further(people_client, root, stranger):
    change(people_client, stranger, is_superuser="on", is_staff="on")
    stranger.refresh_from_db()
    assert (stranger.is_superuser, stranger.is_staff) == (False, False)
    assert people_client.post(f"{USERS}{root.pk}/change/", {"email": "evil@example.org"}).status_code == 403
    assert people_client.post(f"{USERS}{root.pk}/password-link/", {"reason": "x"}).status_code == 403
    assert told() == []


def test_superusers_make_staff(root_client, operator, stranger):
    operators = operator.groups.get()
    change(root_client, stranger, is_staff="on", groups=[str(operators.pk)])
    stranger.refresh_from_db()
    assert stranger.is_staff
    assert stranger.groups.get() == operators
    assert told() == ["user_changed", "groups_changed"]


def test_nobody_sets_the_password_of_somebody_else(root_client, people_client, stranger):
    new = {"password1": "another long phrase", "password2": "another long phrase"}
    for client in (root_client, people_client):
        client.post(f"{USERS}{stranger.pk}/password/", new)
        change(client, stranger, password="another long phrase")
    stranger.refresh_from_db()
    assert stranger.check_password(PASSWORD)
    assert told() == []


def link_of(answer):
    return re.search(r"http://testserver(/password/[^/]+/[^/]+/)", answer.content.decode())[1]


def test_an_address_that_was_changed_hears_of_the_password_for_a_while(
    people_client, stranger, mailoutbox, django_capture_on_commit_callbacks
):
    def heard() -> list[str]:
        mailoutbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            people_client.post(f"{USERS}{stranger.pk}/password-link/", {"reason": "Forgotten"})
        return [address for mail in mailoutbox for address in mail.to]

    own = stranger.email
    for address in ("evil@example.org", "worse@example.org"):
        mailoutbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            change(people_client, stranger, email=address)
        assert [mail.to for mail in mailoutbox] == [[address], [own]]
        stranger.refresh_from_db()
    assert heard() == ["worse@example.org", own]
    User.objects.filter(pk=stranger.pk).update(email_changed_at=timezone.now() - timedelta(days=31))
    assert heard() == ["worse@example.org"]


def test_own_change_of_the_password_is_told_by_mail(client, stranger, mailoutbox, django_capture_on_commit_callbacks):
    client.force_login(stranger)
    new = {"old_password": PASSWORD, "new_password1": "another long phrase", "new_password2": "another long phrase"}
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post("/profile/password/", new).status_code == 303
    assert [mail.to for mail in mailoutbox] == [["stranger@example.org"]]


def test_a_link_sets_the_password_once_and_the_person_hears_of_it(
    people_client, stranger, client, mailoutbox, django_capture_on_commit_callbacks
):
    page = f"{USERS}{stranger.pk}/password-link/"
    assert "Say why." in people_client.post(page, {"reason": " "}).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        link = link_of(people_client.post(page, {"reason": "Forgotten"}))
    assert link not in people_client.get(page).content.decode()
    assert mailoutbox[0].to == ["stranger@example.org"]
    assert "made a link to set your password" in mailoutbox[0].body
    assert "/password/" not in mailoutbox[0].body
    client.force_login(stranger, "django.contrib.auth.backends.ModelBackend")
    stranger.refresh_from_db()
    assert "A link to set your password was made by" in client.get("/profile/").content.decode()
    link = link_of(people_client.post(page, {"reason": "Again"}))
    assert client.get(link).status_code == 200
    new = {"new_password1": "another long phrase", "new_password2": "another long phrase"}
    assert client.post(link, {**new, "new_password2": "x"}).status_code == 422
    assert client.post(link, {"new_password1": "12345", "new_password2": "12345"}).status_code == 422
    assert client.post(link, new).headers["Location"] == "/login/"
    stranger.refresh_from_db()
    assert stranger.check_password("another long phrase")
    assert client.get("/profile/").status_code == 302  # signed out everywhere
    assert client.post(link, new).status_code == 404
    assert told()[-1] == "password_set"
    assert "password_link_made" in told()


@pytest.mark.parametrize("how", ["another link", "signing in", "deactivation", "a day", "forged", "another person"])
def test_a_link_ends(people_client, stranger, member, client, how, settings):
    page = f"{USERS}{stranger.pk}/password-link/"
    link = link_of(people_client.post(page, {"reason": "Forgotten"}))
    if how == "another link":
        people_client.post(page, {"reason": "Again"})
    elif how == "signing in":
        client.post("/login/", {"username": "stranger", "password": PASSWORD})
        client.logout()
    elif how == "deactivation":
        change(people_client, stranger, is_active=None)
        assert "activate it first" in people_client.post(page, {"reason": "x"}, follow=True).content.decode()
    elif how == "a day":
        settings.PASSWORD_RESET_TIMEOUT = -1
    elif how == "forged":
        link = link[:-3] + "xx/"
    else:
        link = link.replace(str(stranger.pk), str(member.pk))
    answer = client.get(link)
    assert (answer.status_code, "no longer works" in answer.content.decode()) == (404, True)


def test_changepassword_is_recorded(stranger, monkeypatch):
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: "another long phrase")
    call_command("changepassword", "stranger")
    stranger.refresh_from_db()
    assert stranger.check_password("another long phrase")
    assert told() == ["password_set"]


def test_nothing_is_deleted(root_client, stranger, team, application):
    for path in (f"actors/user/{stranger.pk}", f"actors/team/{team.pk}", f"actors/application/{application.pk}"):
        assert root_client.post(f"/admin/{path}/delete/", {"post": "yes"}).status_code == 403


def test_teams(people_client, member, stranger):
    form = {"slug": "ops", "title": "Operations", "members": [str(member.pk), str(stranger.pk)]}
    assert people_client.post("/admin/actors/team/add/", form).status_code == 302
    team = Team.objects.get(slug="ops")
    assert set(team.members.all()) == {member, stranger}
    change(people_client, team, title="Ops", members=[str(member.pk)])
    team.refresh_from_db()
    assert (team.slug, team.title, team.members.count()) == ("ops", "Ops", 1)
    assert told() == ["team_created", "team_changed", "team_changed"]


def test_an_application_and_its_key_that_is_shown_once(people_client):
    form = {"name": "migrator", "title": "The migrator", "active": "on"}
    assert people_client.post("/admin/actors/application/add/", form).status_code == 302
    application = Application.objects.get(name="migrator")
    assert not application.keys.exists()
    page = f"/admin/actors/application/{application.pk}/issue-key/"
    assert "Reason" in people_client.get(page).content.decode()
    assert "Say why." in people_client.post(page, {"reason": " "}).content.decode()
    shown = people_client.post(page, {"reason": "New worker", "label": "w1"})
    assert "no-store" in shown.headers["Cache-Control"]
    key = shown.content.decode().split('value="th_')[1].split('"')[0]
    assert application.keys.get().label == "w1"
    for path in (f"/admin/actors/application/{application.pk}/change/", "/admin/actors/apikey/"):
        assert key not in people_client.get(path).content.decode()
    assert Event.objects.latest("id").data["reason"] == "New worker"
    assert key not in str(list(Event.objects.values()))


def test_a_deactivated_application_is_shut_out(people_client, application, worker, client):
    change(people_client, application, active=None)
    assert client.get("/api/v1/me", headers={"authorization": f"Bearer {worker}"}).status_code == 401


def test_revoking_asks_why(people_client, application, worker):
    key = ApiKey.objects.get()
    form = {"action": "revoke", "_selected_action": [str(key.pk)]}
    assert "Reason" in people_client.post("/admin/actors/apikey/", form).content.decode()
    assert people_client.post("/admin/actors/apikey/", {**form, "reason": "Lost"}).status_code == 302
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert Event.objects.latest("id").data == {
        "did": "key_revoked", "name": "migrator", "prefix": key.prefix, "reason": "Lost",
    }  # fmt: skip


def test_owners_of_an_application_are_recorded(people_client, application, member, team):
    change(people_client, application, owners=[str(member.pk)], owner_teams=[str(team.pk)])
    assert (list(application.owners.all()), list(application.owner_teams.all())) == ([member], [team])
    changed = Event.objects.filter(type="account.changed", data__did="owners_changed")
    assert [event.application_id for event in changed] == [application.pk]


def test_the_command_names_owners(member, team, capsys):
    call_command("create_application", "billing", "--owner", member.reference, "--owner", team.reference)
    billing = Application.objects.get(name="billing")
    assert (list(billing.owners.all()), list(billing.owner_teams.all())) == ([member], [team])


def test_own_password_is_changed_where_wrong_ones_are_counted(people_client):
    answer = people_client.get("/admin/password_change/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/profile/password/")
