"""Making, changing and deleting containers: by applications, by people, and over each other's."""

import re

import pytest

from apps.containers import access, queries, services
from apps.containers.models import Container, Membership, Role
from apps.containers.services.types import put_builtin
from apps.core.errors import Conflict, Forbidden, Invalid, NotFound
from apps.events.models import Event
from apps.tasks import services as tasks
from apps.tasks.access import get_task
from tests import factories


def test_application_owns_what_it_puts(application_actor, application):
    container, created, changed = services.put_container(application_actor, "orders", {"title": "Orders"})
    assert (created, changed) == (True, True)
    assert container.application == application
    assert container.everyone == "none"
    assert not container.types.exists()
    event = Event.objects.get(type="container.changed")
    assert (event.container_id, event.data["did"]) == (container.pk, "created")


def test_same_again_changes_nothing(application_actor):
    body = {"title": "Orders", "description": "All of them", "everyone": "requester"}
    services.put_container(application_actor, "orders", body)
    container, created, changed = services.put_container(application_actor, "orders", body)
    assert (created, changed) == (False, False)
    assert Event.objects.filter(container_id=container.pk).count() == 1


def test_put_and_patch_keep_what_they_do_not_name(application_actor):
    services.put_container(application_actor, "orders", {"title": "Orders", "description": "x", "everyone": "viewer"})
    container, changed = services.patch_container(application_actor, "orders", {"title": "All orders"})
    assert changed
    assert (container.title, container.description, container.everyone) == ("All orders", "x", "viewer")
    container, _, changed = services.put_container(application_actor, "orders", {"title": "All orders"})
    assert not changed
    assert (container.description, container.everyone) == ("x", "viewer")


@pytest.mark.parametrize("everyone", ["none", "contributor"])
def test_another_applications_container_stays_hidden(container, other_application_actor, everyone):
    Container.objects.filter(pk=container.pk).update(everyone=everyone)
    for write in (services.put_container, services.patch_container):
        with pytest.raises(NotFound):
            write(other_application_actor, "migrations", {"title": "Mine"})
    with pytest.raises(NotFound):
        services.delete_container(other_application_actor, "migrations")


def test_a_member_application_may_not_change_it(container, other_application, other_application_actor):
    Membership.objects.create(container=container, application=other_application, role=Role.MANAGER)
    with pytest.raises(Forbidden):
        services.patch_container(other_application_actor, "migrations", {"title": "Mine"})


def test_person_becomes_manager_and_has_the_builtin_type(stranger_actor):
    container = services.make_container(stranger_actor, {"title": "Büro & Küche"})
    assert re.fullmatch("buro-kuche-[0-9a-z]{6}", container.slug)
    assert access.role_of(stranger_actor, container) == Role.MANAGER
    (kind,) = queries.creatable_types(stranger_actor)
    assert (kind.name, kind.title) == ("task", "Task")
    assert kind.current.spec["create"] == {"by": "contributor", "fields": []}


def test_a_slug_from_a_title_never_collides(container, stranger_actor):
    titles = ("Migrations", "App-x", "…", "…")
    slugs = {services.make_container(stranger_actor, {"title": title}).slug for title in titles}
    assert len(slugs) == 4
    assert not slugs & {"migrations", "app-x"}


@pytest.mark.parametrize("slug", ["Orders", "-x", "x" * 64, "a_b", "app-migrator", "app-", "a\0b", "ü"])
def test_slugs_that_cannot_be(application_actor, slug):
    with pytest.raises(Invalid):
        services.put_container(application_actor, slug, {"title": "x"})


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"colour": "red"}, "/colour", "unknown_field"),
        ({"application": "other"}, "/application", "unknown_field"),
        ({"everyone": "manager"}, "/everyone", "invalid_choice"),
        ({"title": ""}, "/title", "blank"),
        ({"managers_see_restricted": "yes"}, "/managers_see_restricted", "invalid"),
    ],
)
def test_bodies_that_are_refused(application_actor, body, pointer, code):
    with pytest.raises(Invalid) as refusal:
        services.put_container(application_actor, "orders", body)
    assert [(p.pointer, p.code) for p in refusal.value.errors] == [(pointer, code)]


def test_contributors_see_but_may_not_change(desk, member_actor, stranger_actor):
    with pytest.raises(Forbidden):
        services.patch_container(member_actor, "desk", {"title": "x"})
    with pytest.raises(NotFound):
        services.patch_container(stranger_actor, "desk", {"title": "x"})


def test_delete_takes_types_and_members_with_it(owner_actor):
    slug = services.put_container(owner_actor, "shed", {"title": "Shed"})[0].slug
    services.delete_container(owner_actor, slug)
    assert not Container.objects.filter(slug=slug).exists()


def test_nobody_learns_by_a_slug_that_a_hidden_container_has_it(container, stranger_actor):
    for slug in ("migrations", "absent"):
        made = services.make_container(stranger_actor, {"title": "Mine"}, name=slug)
        assert re.fullmatch(slug + "-[0-9a-z]{6}", made.slug)
        assert not services.put_container(stranger_actor, made.slug, {"title": "Mine"})[1]


def test_long_slug_has_room_for_its_end(stranger_actor):
    made = services.make_container(stranger_actor, {"title": "Mine"}, name="x" * 63)
    assert len(made.slug) == 63


def test_hidden_tasks_do_not_tell_by_the_deletion(desk, owner_actor, member, member_actor):
    put_builtin(desk)
    body = {"container": "desk", "type": "task", "title": "Mine", "privacy": "private", "private_to": "user:member"}
    task, _ = tasks.create_task(member_actor, body)
    services.delete_container(owner_actor, "desk")
    assert not queries.list_containers(owner_actor).exists()
    assert get_task(member_actor, str(task.pk)).title == "Mine"
    assert tasks.edit_task(member_actor, str(task.pk), {"title": "Still mine"}).title == "Still mine"
    services.put_container(owner_actor, "desk", {"title": "Desk"})


def test_own_container_is_made_once_and_invisible(application, application_actor, stranger_actor):
    first, second = services.own_container(application), services.own_container(application)
    assert first == second
    assert first.slug == "app-migrator"
    assert [kind.name for kind in first.types.all()] == ["task"]
    assert not queries.list_containers(stranger_actor).exists()
    with pytest.raises(Invalid):
        services.patch_container(application_actor, "app-migrator", {"everyone": "viewer"})
    with pytest.raises(Invalid):
        services.delete_container(application_actor, "app-migrator")


def test_own_container_of_a_long_name(db):
    long, longer = factories.make_application("x" * 62), factories.make_application("x" * 63)
    assert len({services.own_container(long).slug, services.own_container(longer).slug}) == 2


def test_container_with_tasks_stays(owner_actor, desk):
    from apps.containers.services import types
    from apps.tasks.models import Task

    types.put_builtin(desk)
    version = desk.types.get().current
    Task.objects.create(container=desk, type_version=version, title="x", stage="todo", newest=version.pk)
    with pytest.raises(Conflict):
        services.delete_container(owner_actor, "desk")
