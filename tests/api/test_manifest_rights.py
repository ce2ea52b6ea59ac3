"""Who may apply a manifest, and to what."""

import pytest

from apps.actors.models import Application, User
from apps.containers.models import Container, Membership, Role

from .world import Caller


@pytest.mark.usefixtures("container")
def test_people_have_none(manager: Caller) -> None:
    assert manager.put("/manifest", {}).status_code == 403


def test_another_applications_name_is_refused(app: Caller) -> None:
    assert app.put("/manifest", {"application": "migrator"}).json() == {
        "dry_run": False, "changed": False, "changes": [],
        "unmanaged": [{"kind": "container", "container": None, "name": "migrations"}],
    }  # fmt: skip
    answer = app.put("/manifest", {"application": "billing"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/application")


def test_hidden_container_reads_as_absent(app: Caller, other_app: Caller) -> None:
    answer = other_app.put("/manifest", {"containers": {"migrations": {"types": {"migration": {}}}}})
    assert answer.status_code == 400
    assert [(p["pointer"], p["code"]) for p in answer.json()["errors"]] == [("/containers/migrations", "not_found")]


@pytest.mark.parametrize("slug", ["migrations", "desk"])
def test_containers_of_others_are_not_declared(
    app: Caller, other_app: Caller, other_application: Application, container: Container, desk: Container, slug: str
) -> None:
    place = Container.objects.get(slug=slug)
    Membership.objects.create(container=place, application=other_application, role=Role.MANAGER)
    answer = other_app.put("/manifest", {"containers": {slug: {"title": "Mine", "types": {"task": {"title": "x"}}}}})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert [problem["pointer"] for problem in answer.json()["errors"]] == [f"/containers/{slug}"]
    place.refresh_from_db()
    assert place.title == slug.title()


def test_unmanaged_leaves_out_what_taskhub_made_itself(app: Caller, owner: User) -> None:
    app.made("/tasks", {"title": "Lies in the own container"})
    named = [row["name"] for row in app.put("/manifest", {}).json()["unmanaged"]]
    assert named == ["migrations"]


def test_there_is_no_version_to_match(app: Caller) -> None:
    assert app.put("/manifest", {}, If_Match='"x"').status_code == 412
    assert app.put("/manifest?other=1", {}).status_code == 400
    assert app.put("/manifest?dry_run=yes", {}).status_code == 400
