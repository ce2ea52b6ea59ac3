"""Rules: who writes them, when they run, as whom, and that they end."""

from typing import Any

import pytest

from apps.actors.actor import Actor
from apps.automation.models import Rule, RuleRun
from apps.automation.queue import failure
from apps.automation.rules import services as rules_services
from apps.automation.rules import trial
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.core.errors import Forbidden, Invalid, NotFound
from apps.events import dispatch
from apps.events.models import Event
from apps.notifications.models import Notification
from apps.tasks import services
from apps.tasks.models import Task

SCHEMA = {"type": "object", "properties": {
    "rows": {"type": "integer"}, "late": {"type": "boolean"},
    "hidden": {"type": "string", "x-taskhub": {"read": ["application"]}},
}}  # fmt: skip
LATE = {"on": ["task.updated"], "when": "fields.rows > 5", "actions": [{"do": "set", "fields": {"late": True}}]}


@pytest.fixture
def make(container: Container, application_actor: Actor) -> Any:
    put_type(application_actor, container.slug, "copy", {"schema": SCHEMA})

    def task(**body: Any) -> Task:
        given = {"container": container.slug, "type": "copy", "title": "Copy", **body}
        return services.create_task(application_actor, given)[0]

    return task


def run_all() -> None:
    """Hand out events until there are none."""
    for _turn in range(40):
        if not dispatch.dispatch():
            return
    raise AssertionError("events without an end")


def put(actor: Actor, **more: Any) -> Rule:
    return rules_services.put_rule(actor, "migrations", "late", {**LATE, **more})[0]


def test_rule_of_the_application_runs_once(make: Any, application_actor: Actor) -> None:
    rule, task = put(application_actor), make()
    services.edit_task(application_actor, task.key, {"fields": {"rows": 1}})
    services.edit_task(application_actor, task.key, {"fields": {"rows": 9}})
    run_all()
    assert Task.objects.get(pk=task.pk).fields == {"rows": 9, "late": True}
    run = RuleRun.objects.filter(rule=rule).last()
    assert run is not None
    assert (run.did, run.error) == ([{"do": "set", "fields": ["late"], "properties": []}], None)
    Event.objects.update(dispatched_at=None)
    before = RuleRun.objects.count()
    run_all()
    assert RuleRun.objects.count() == before


def test_rule_that_is_off_does_nothing(make: Any, application_actor: Actor) -> None:
    put(application_actor, enabled=False)
    task = make(fields={"rows": 9})
    services.edit_task(application_actor, task.key, {"title": "x"})
    run_all()
    assert "late" not in Task.objects.get(pk=task.pk).fields


def test_rules_that_wake_each_other_end(make: Any, application_actor: Actor) -> None:
    put(application_actor, when="true", actions=[{"do": "set", "priority": {"cel": "task.priority + 1"}}])
    task = make()
    services.edit_task(application_actor, task.key, {"title": "x"})
    run_all()
    assert Task.objects.get(pk=task.pk).priority == 8
    assert Event.objects.filter(type="rule.failed").count() == 1


def test_what_fails_is_undone_and_told(make: Any, application_actor: Actor) -> None:
    actions = [{"do": "set", "priority": 9}, {"do": "set", "title": {"cel": "''"}}]
    rule, task = put(application_actor, when=None, actions=actions), make()
    services.edit_task(application_actor, task.key, {"description": "x"})
    run_all()
    assert Task.objects.get(pk=task.pk).priority == 0
    assert "“set”, cannot be done: Must not be empty" in str(RuleRun.objects.get(rule=rule).error)
    [failed] = Event.objects.filter(type="rule.failed")
    assert (failed.audience, failed.data["rule"]) == ("work", "late")


def test_rule_of_a_manager_has_the_managers_eyes_and_hands(
    make: Any, owner_actor: Actor, application_actor: Actor
) -> None:
    note = {"do": "add_note", "text": {"cel": "'Seen: ' + string(has(fields.hidden))"}}
    put(owner_actor, when=None, on=["task.created"], actions=[note])
    seen, unseen = make(fields={"hidden": "x"}), make(privacy="restricted")
    run_all()
    assert seen.notes.get().text == "Seen: false"
    assert seen.notes.get().author == "user:owner"
    assert not unseen.notes.exists()


def test_in_a_container_of_people_it_is_the_system(desk: Container, owner_actor: Actor, member_actor: Actor) -> None:
    body = {"on": "task.created", "actions": [{"do": "assign", "to": "reporter"}]}
    rules_services.put_rule(owner_actor, "desk", "mine", body)
    put_type(owner_actor, "desk", "task", {})
    task, _new = services.create_task(member_actor, {"container": "desk", "title": "Tea"})
    private, _new = services.create_task(member_actor, {"container": "desk", "title": "Tea", "privacy": "restricted"})
    run_all()
    assert str(Task.objects.get(pk=task.pk).assignee) == "member"
    assert Task.objects.get(pk=private.pk).assignee is None
    assert Event.objects.filter(task_id=task.pk, type="task.updated").get().actor == "system"


def test_people_are_told_if_they_see_it(make: Any, application_actor: Actor, stranger: Any, owner: Any) -> None:
    put(application_actor, when=None, actions=[{"do": "notify", "to": ["user:owner", "user:stranger"], "message": "!"}])
    services.edit_task(application_actor, make().key, {"title": "x"})
    run_all()
    told = Notification.objects.filter(reason="told")
    assert [row.user for row in told] == [owner]


def test_trial_changes_nothing(make: Any, application_actor: Actor) -> None:
    put(application_actor)
    small, large = make(fields={"rows": 1}), make(fields={"rows": 9})
    before = Event.objects.count()
    said = [trial.try_rule(application_actor, "migrations", "late", {"task": task.key}) for task in (small, large)]
    assert [answer["matched"] for answer in said] == [False, True]
    assert said[1]["did"] == [{"do": "set", "fields": ["late"], "properties": []}]
    assert "late" not in Task.objects.get(pk=large.pk).fields
    assert (Event.objects.count(), RuleRun.objects.count()) == (before, 0)


def test_trial_takes_the_event_that_the_rule_hears(make: Any, application_actor: Actor) -> None:
    put(
        application_actor,
        on="task.failed",
        when="event.data.error.name == 'gone'",
        actions=[{"do": "emit", "name": "x"}],
    )
    task = make()
    failure.fail_task(application_actor, task.key, error={"name": "gone"})
    services.add_note(application_actor, task.key, text="Something that happened afterwards", kind="comment")
    said = trial.try_rule(application_actor, "migrations", "late", {"task": task.key})
    assert (said["matched"], [done["do"] for done in said["did"]]) == (True, ["emit"])


def test_who_may_write_them(container: Container, request: Any, application_actor: Actor) -> None:
    put(application_actor)
    for who, error in (("member_actor", Forbidden), ("stranger_actor", NotFound), ("owner_actor", Forbidden)):
        with pytest.raises(error):
            put(request.getfixturevalue(who), title="x")
    assert rules_services.put_rule(application_actor, "migrations", "late", LATE)[1:] == (False, False)
    rules_services.delete_rule(application_actor, "migrations", "late")
    assert not Rule.objects.exists()


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"on": []}, "/on"),
    ({"on": ["task.exploded"]}, "/on/0"),
    ({"on": "rule.failed"}, "/on"),
    ({"when": "fields.rows >"}, "/when"),
    ({"when": "input.rows > 1"}, "/when"),
    ({"actions": []}, "/actions"),
    ({"actions": [{"do": "start_workflow"}]}, "/actions/0/do"),
    ({"name": "other"}, "/name"),
    ({"colour": 1}, "/colour"),
]


@pytest.mark.parametrize(("more", "pointer"), WRONG)
def test_wrong_rule_is_refused(container: Container, application_actor: Actor, more: Any, pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        put(application_actor, **more)
    assert pointer in [problem.pointer for problem in refused.value.errors]
