"""Who belongs to a container, and that somebody always leads a container of people."""

import pytest

from apps.containers import access, queries, services
from apps.containers.models import Role
from apps.core.errors import Conflict, Forbidden, Invalid, NotFound
from apps.events.models import Event


def test_roles_come_and_go(container, application_actor, stranger, stranger_actor):
    row, created, changed = services.put_member(application_actor, "migrations", "user:stranger", "viewer")
    assert (row.role, created, changed) == ("viewer", True, True)
    assert services.put_member(application_actor, "migrations", "user:stranger", "viewer")[1:] == (False, False)
    assert services.put_member(application_actor, "migrations", "user:stranger", "manager")[1:] == (False, True)
    assert access.role_of(stranger_actor, container) == Role.MANAGER
    services.delete_member(application_actor, "migrations", "user:stranger")
    assert access.role_of(stranger_actor, container) == "none"
    told = [event.data["did"] for event in Event.objects.order_by("id")]
    assert told == ["member_set", "member_set", "member_removed"]


@pytest.mark.parametrize(
    ("reference", "role"),
    [
        ("user:nobody", "viewer"),
        ("stranger", "viewer"),
        ("x:y", "viewer"),
        ("user:stranger", "boss"),
        ("user:stranger", None),
    ],
)
def test_what_is_refused(container, application_actor, stranger, reference, role):
    with pytest.raises(Invalid):
        services.put_member(application_actor, "migrations", reference, role)


def test_teams_and_applications_can_be_members(container, application_actor, team, other_application, member_actor):
    services.put_member(application_actor, "migrations", "team:dba", "manager")
    services.put_member(application_actor, "migrations", "application:billing", "contributor")
    assert access.role_of(member_actor, container) == Role.MANAGER
    members = {row.member for row in queries.list_members(application_actor, "migrations")}
    assert members == {"user:owner", "user:member", "team:dba", "application:billing"}


def test_the_last_manager_stays(desk, owner_actor, member):
    for leave in (
        lambda: services.delete_member(owner_actor, "desk", "user:owner"),
        lambda: services.put_member(owner_actor, "desk", "user:owner", "viewer"),
    ):
        with pytest.raises(Conflict):
            leave()
    assert access.role_of(owner_actor, desk) == Role.MANAGER
    services.put_member(owner_actor, "desk", "user:member", "manager")
    services.delete_member(owner_actor, "desk", "user:owner")


def test_an_empty_team_leads_nothing(desk, owner_actor, team, member):
    services.put_member(owner_actor, "desk", "team:dba", "manager")
    team.members.clear()
    with pytest.raises(Conflict):
        services.delete_member(owner_actor, "desk", "user:owner")


def test_only_managers_change_members(desk, container, member_actor, stranger_actor, stranger):
    with pytest.raises(Forbidden):
        services.put_member(member_actor, "desk", "user:stranger", "viewer")
    with pytest.raises(NotFound):
        services.put_member(stranger_actor, "desk", "user:stranger", "manager")
    with pytest.raises(NotFound):
        queries.list_members(stranger_actor, "desk")


def test_no_such_member(desk, owner_actor):
    with pytest.raises(NotFound):
        services.delete_member(owner_actor, "desk", "user:stranger")
