"""Pushing, retiring and reading task types."""

import pytest

from apps.containers import access, queries, services
from apps.containers.models import TypeVersion
from apps.containers.rendering import type_json
from apps.core.errors import Forbidden, Invalid, NotFound
from apps.events.models import Event

HIDING = {
    "type": "object",
    "required": ["source", "lag"],
    "properties": {
        "source": {"type": "string", "x-taskhub": {"read": ["everyone"], "write": ["team:dba"]}},
        "lag": {"type": "integer", "x-taskhub": {"read": ["application"]}},
        "told": {"type": "string", "x-taskhub": {"read": ["reporter"]}},
    },
}
BODY = {
    "schema": HIDING,
    "create": {"by": "requester", "fields": ["source"]},
    "failover": {"to": "team:dba", "fields": ["lag", "source"]},
}


def push(actor, body, name="migration"):
    return services.put_type(actor, "migrations", name, body)


def read(actor, container):
    kind = queries.get_type(actor, container.slug, "migration")
    return type_json(actor, container, access.role_of(actor, container), kind, kind.current)


def test_same_document_changes_nothing_and_another_is_a_version(container, application_actor):
    first, created, changed = push(application_actor, {"title": "One"})
    assert (first.number, created, changed) == (1, True, True)
    assert push(application_actor, {"title": "One", "stages": None})[1:] == (False, False)
    second, created, changed = push(application_actor, {"title": "Two"})
    assert (second.number, created, changed) == (2, False, True)
    assert [v.number for v in queries.list_versions(application_actor, "migrations", "migration")] == [2, 1]
    assert Event.objects.filter(type="type.changed").count() == 2


def test_true_is_not_one(container, application_actor):
    def schema(value):
        return {"schema": {"type": "object", "properties": {"a": {"const": value}}}}

    push(application_actor, schema(True))
    assert push(application_actor, schema(1))[0].number == 2


def test_retired_types_are_gone_until_they_are_pushed_again(container, application_actor):
    push(application_actor, {})
    services.retire_type(application_actor, "migrations", "migration")
    with pytest.raises(NotFound):
        queries.get_type(application_actor, "migrations", "migration")
    with pytest.raises(NotFound):
        services.retire_type(application_actor, "migrations", "migration")
    assert push(application_actor, {})[1:] == (False, True)
    assert queries.get_type(application_actor, "migrations", "migration").current.number == 1


def test_people_leave_an_applications_types_alone(container, application_actor, owner_actor, member_actor):
    push(application_actor, {})
    for change in (lambda: push(owner_actor, {"title": "Mine"}), lambda: push(member_actor, {}, "other")):
        with pytest.raises(Forbidden):
            change()
    with pytest.raises(Forbidden):
        services.retire_type(owner_actor, "migrations", "migration")


@pytest.mark.parametrize("name", ["Bad Name", "x" * 64, "a\0", ""])
def test_names_that_cannot_be(container, application_actor, name):
    with pytest.raises(Invalid):
        push(application_actor, {}, name)


def test_owner_reads_what_it_pushed(container, application_actor, team):
    push(application_actor, BODY)
    document = read(application_actor, container)
    assert document["schema"]["required"] == ["source", "lag"]
    assert document["schema"]["properties"]["lag"]["x-taskhub"] == {"read": ["application"]}
    assert (document["version"], document["form_support"]) == (1, "full")


def test_people_read_no_trace_of_what_is_hidden(container, application_actor, member_actor, team):
    push(application_actor, BODY)
    document = read(member_actor, container)
    assert sorted(document["schema"]["properties"]) == ["source", "told"]
    assert document["schema"]["required"] == ["source"]
    assert [field["name"] for field in document["failover"]["fields"]] == ["source"]
    assert "lag" not in str(document)
    assert "team:dba" not in str(document["schema"])


def test_requesters_see_what_they_may_create(container, application_actor, stranger_actor, team):
    push(application_actor, BODY)
    push(application_actor, {"create": {"by": "contributor"}}, "internal")
    services.patch_container(application_actor, "migrations", {"everyone": "requester"})
    container.refresh_from_db()
    assert [kind.name for kind in queries.list_types(stranger_actor, container, "requester")] == ["migration"]
    assert [kind.name for kind in queries.creatable_types(stranger_actor)] == ["migration"]
    with pytest.raises(NotFound):
        queries.get_type(stranger_actor, "migrations", "internal")


def test_lists_cost_the_same_for_many(
    container, application_actor, owner_actor, django_assert_num_queries, django_assert_max_num_queries
):
    for number in range(5):
        services.put_container(owner_actor, f"place-{number}", {})
    with django_assert_num_queries(2):
        containers = list(queries.list_containers(owner_actor))
        roles = access.roles_in(owner_actor, containers)
    assert len(containers) == 6
    assert set(roles.values()) == {"manager"}
    with django_assert_max_num_queries(1):
        assert [k.current.number + len(k.container.slug) for k in queries.creatable_types(owner_actor)]


def test_versions_keep_their_documents(container, application_actor):
    push(application_actor, {"title": "One"})
    push(application_actor, {"title": "Two"})
    assert [v.spec["title"] for v in TypeVersion.objects.order_by("number")] == ["One", "Two"]
