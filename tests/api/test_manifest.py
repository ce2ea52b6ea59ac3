"""A whole application in one document."""

from typing import Any

import pytest

from apps.actors.models import Team, User
from apps.containers.models import Container, TaskType
from apps.events.models import Event

from .world import MIGRATION, Caller, Json

SHOP: Json = {
    "functions": {"shop.ship": {"lease_seconds": 30}, "shop.bill": {}},
    "containers": {
        "shop": {
            "title": "The shop",
            "everyone": "requester",
            "members": {"team:dba": "contributor", "user:owner": "manager"},
            "types": {"order": {**MIGRATION, "title": "Order", "function": "shop.ship"}, "bill": {}},
            "rules": {"late": {"on": "task.created", "actions": [{"do": "set", "priority": 5}]}},
        }
    },
}


@pytest.fixture
def shop(other_app: Caller, owner: User, team: Team) -> Caller:
    """The application that declares the shop."""
    return other_app


def kinds(answer: Any, change: str) -> list[tuple[str, str]]:
    return [(row["kind"], row["name"]) for row in answer.json()["changes"] if row["change"] == change]


ALL = [
    ("container", "shop"), ("member", "team:dba"), ("member", "user:owner"), ("type", "bill"), ("type", "order"),
    ("function", "shop.bill"), ("function", "shop.ship"), ("rule", "late"),
]  # fmt: skip


def test_all_is_made_in_the_order_of_the_parts(shop: Caller) -> None:
    answer = shop.put("/manifest", SHOP)
    assert (answer.status_code, answer.json()["changed"], answer.json()["dry_run"]) == (200, True, False)
    assert kinds(answer, "created") == ALL
    assert answer.json()["unmanaged"] == []
    assert shop.get("/containers/shop/types/order").json()["function"] == "shop.ship"
    assert shop.get("/functions/shop.ship").json()["lease_seconds"] == 30
    assert len(shop.get("/containers/shop/members").json()["results"]) == 2


def test_the_same_again_changes_nothing_and_tells_nobody(shop: Caller) -> None:
    shop.put("/manifest", SHOP)
    told = Event.objects.count()
    again = shop.put("/manifest", SHOP)
    assert (again.json()["changed"], kinds(again, "unchanged")) == (False, ALL)
    assert Event.objects.count() == told


def test_a_trial_answers_the_same_and_writes_nothing(
    shop: Caller, django_capture_on_commit_callbacks: Any, settings: Any
) -> None:
    settings.BACKGROUND_HINTS = True
    told = Event.objects.count()
    with django_capture_on_commit_callbacks() as hints:
        tried = shop.put("/manifest?dry_run=true", SHOP).json()
    assert hints == []
    assert not Container.objects.filter(slug="shop").exists()
    assert Event.objects.count() == told
    settings.BACKGROUND_HINTS = False
    done = shop.put("/manifest?dry_run=false", SHOP).json()
    assert (tried.pop("dry_run"), done.pop("dry_run")) == (True, False)
    assert tried == done


def test_it_says_what_changed(shop: Caller) -> None:
    shop.put("/manifest", SHOP)
    properties = {**MIGRATION["schema"]["properties"], "target": {"type": "string", "maxLength": 5}}
    order = {**MIGRATION, "title": "Order", "schema": {**MIGRATION["schema"], "properties": properties}}
    answer = shop.put("/manifest", {
        "functions": {"shop.ship": {"lease_seconds": 60}},
        "containers": {"shop": {"title": "Shop", "members": {"team:dba": "viewer"}, "types": {"order": order}}},
    })  # fmt: skip
    said = {(row["kind"], row["name"]): row for row in answer.json()["changes"]}
    assert said["function", "shop.ship"]["what"] == ["lease_seconds"]
    assert said["container", "shop"]["what"] == ["title"]
    assert said["container", "shop"]["values"]["title"][1] == "Shop"
    assert said["member", "team:dba"]["role"] == "viewer"
    kind = said["type", "order"]
    assert (kind["change"], kind["version"], kind["breaking"]) == ("changed", 2, True)
    assert {
        "pointer": "/schema/properties/target/maxLength",
        "breaking": True,
        "detail": "“maxLength” may allow less.",
    } in (kind["differences"])
    left = [(row["kind"], row["container"], row["name"]) for row in answer.json()["unmanaged"]]
    assert left == [
        ("member", "shop", "user:owner"), ("type", "shop", "bill"), ("function", None, "shop.bill"),
        ("rule", "shop", "late"),
    ]  # fmt: skip
    assert TaskType.objects.filter(name="bill", retired_at=None).exists()


def test_a_schedule_may_name_what_the_same_document_declares(shop: Caller) -> None:
    task = {"container": "shop", "type": "bill"}
    ship = {"schedule": {"every": 60, "task": task}}
    assert shop.put("/manifest", {**SHOP, "functions": {"shop.ship": ship}}).status_code == 200
    task["type"] = "bull"
    refused = shop.put("/manifest", {**SHOP, "functions": {"shop.ship": ship}})
    assert refused.json()["errors"][0]["pointer"] == "/functions/shop.ship/schedule/task/type"


def test_a_retired_type_comes_back(shop: Caller) -> None:
    shop.put("/manifest", SHOP)
    shop.delete("/containers/shop/types/bill")
    row = next(row for row in shop.put("/manifest", SHOP).json()["changes"] if row["name"] == "bill")
    assert (row["change"], row["what"], row["version"]) == ("changed", ["retired_at"], 1)


@pytest.mark.parametrize("trial", ["", "?dry_run=true"])
def test_every_problem_is_told_at_its_place_and_nothing_is_done(shop: Caller, trial: str) -> None:
    told = Event.objects.count()
    answer = shop.put(f"/manifest{trial}", {
        "functions": {"bad name": {}, "shop.ship": {"lease_seconds": 1}, "shop.bill": 5},
        "containers": {
            "shop": {
                "title": 5,
                "members": {"user:nobody": "viewer", "team:dba": "boss"},
                "types": {"order": {"schema": {"type": "object", "properties": {"a": {"type": "strange"}}}}},
                "rules": {"late": {"on": "task.created", "actions": [{"do": "fly"}]}},
            },
            "Bad": {"types": {"not-looked-at": 5}},
            "app-x": {},
        },
    })  # fmt: skip
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert {problem["pointer"] for problem in answer.json()["errors"]} == {
        "/functions/bad name", "/functions/shop.ship/lease_seconds", "/functions/shop.bill",
        "/containers/shop/title", "/containers/shop/members/user:nobody", "/containers/shop/members/team:dba",
        "/containers/shop/types/order/schema/properties/a/type", "/containers/shop/rules/late/actions/0/do",
        "/containers/Bad", "/containers/app-x",
    }  # fmt: skip
    assert not Container.objects.filter(slug="shop").exists()
    assert Event.objects.count() == told


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"workflows": {}}, "/workflows"),
        ({"containers": {"shop": {"workflows": {}}}}, "/containers/shop/workflows"),
        ({"containers": {"shop": {"types": {"a": {"colour": 1}}}}}, "/containers/shop/types/a/colour"),
    ],
)
def test_unknown_keys(shop: Caller, document: Json, pointer: str) -> None:
    answer = shop.put("/manifest", document)
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_field")
    assert [problem["pointer"] for problem in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize("wrong", [{"functions": []}, {"containers": 5}, {"containers": {"a": []}}, {"application": 1}])
def test_wrong_shapes(shop: Caller, wrong: Json) -> None:
    assert shop.put("/manifest", wrong).status_code == 400


def test_too_many_things(shop: Caller) -> None:
    answer = shop.put("/manifest", {"functions": {f"f{number}": {} for number in range(1001)}})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "max_length")


def test_a_secret_that_is_made_is_told_once_and_never_in_a_trial(shop: Caller) -> None:
    document = {"functions": {"shop.call": {"mode": "push", "url": "https://example.org/call"}}}
    (tried,) = shop.put("/manifest?dry_run=true", document).json()["changes"]
    (done,) = shop.put("/manifest", document).json()["changes"]
    (again,) = shop.put("/manifest", document).json()["changes"]
    assert ("secret" in tried, done["secret"][:6], "secret" in again) == (False, "whsec_", False)
    assert (tried["change"], done["change"], again["change"]) == ("created", "created", "unchanged")


def test_schedules_are_declared_too(shop: Caller) -> None:
    document = {"functions": {"shop.count": {"schedule": {"every": 60}}}}
    (done,) = shop.put("/manifest", document).json()["changes"]
    assert (done["change"], shop.get("/functions/shop.count").json()["schedule"]["every"]) == ("created", 60)
    (again,) = shop.put("/manifest", document).json()["changes"]
    assert again["change"] == "unchanged"
    (changed,) = shop.put("/manifest", {"functions": {"shop.count": {"schedule": {"every": 90}}}}).json()["changes"]
    assert (changed["change"], changed["what"]) == ("changed", ["schedule"])
