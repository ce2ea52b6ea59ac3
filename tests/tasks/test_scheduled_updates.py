"""Scheduled updates: done once at their time with the rights of their maker then, or refused and told."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.actors.actor import Actor
from apps.actors.models import Application, User
from apps.containers.models import Container, Membership
from apps.containers.services import put_type, types
from apps.core.errors import Conflict, Forbidden, Invalid, NotFound, SchemaViolation
from apps.events.models import Event
from apps.tasks import queries, rendering, services, timeline
from apps.tasks.access import TaskPermissions, get_task
from apps.tasks.models import ScheduledUpdate, Task
from apps.tasks.queries import scheduled_updates
from apps.tasks.services import attempts
from apps.tasks.services.scheduled_updates import plan
from apps.tasks.services.scheduled_updates import run as scheduled_updates_run

from .conftest import MakeTask


def later(hours: int = 1) -> Any:
    return timezone.now() + timedelta(hours=hours)


def come() -> int:
    """Their time comes; how many are decided."""
    ScheduledUpdate.objects.filter(state="pending").update(at=timezone.now() - timedelta(seconds=1))
    return scheduled_updates_run.update_due()


def told(task: Task) -> list[dict[str, Any]]:
    rows = Event.objects.filter(task_id=task.pk, type="task.update_scheduled").order_by("sequence")
    return [{key: row.data.get(key) for key in ("did", "code")} for row in rows]


@pytest.fixture
def job(desk: Container, member_actor: Actor) -> Task:
    """A task of people's own."""
    types.put_builtin(desk)
    return services.create_task(member_actor, {"container": "desk", "type": "task", "title": "Water the plants"})[0]


def test_it_is_done_once_at_its_time(job: Task, member_actor: Actor, member: User) -> None:
    due = later(30)
    said = {"title": "Water them again", "assignee": "user:member", "due_at": due, "stage": "doing"}
    services.schedule_update(member_actor, job.key, at=later(), set=said)
    assert scheduled_updates_run.update_due() == 0
    assert [come(), come()] == [1, 0]
    job = Task.objects.get(pk=job.pk)
    assert (job.title, job.assignee, job.due_at, job.stage) == ("Water them again", member, due, "doing")
    update = ScheduledUpdate.objects.get()
    assert (update.state, update.error, update.ended_at is None) == ("done", None, False)
    assert [each["did"] for each in told(job)] == ["planned", "done"]
    changed = Event.objects.filter(task_id=job.pk, type="task.updated").get()
    assert changed.actor == "user:member"


def leave(user: User) -> None:
    Membership.objects.filter(user=user).delete()
    user.teams.clear()


def switch_off(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def weaken(user: User) -> None:
    Membership.objects.filter(user=user).update(role="viewer")


@pytest.mark.parametrize(("happens", "code"), [(leave, "not_found"), (switch_off, "forbidden"), (weaken, "forbidden")])
def test_who_lost_the_right_changes_nothing(
    job: Task, member_actor: Actor, member: User, owner_actor: Actor, happens: Any, code: str
) -> None:
    Task.objects.filter(pk=job.pk).update(reporter=None)
    services.schedule_update(member_actor, job.key, at=later(), set={"title": "New"})
    happens(member)
    assert come() == 1
    assert Task.objects.get(pk=job.pk).title == "Water the plants"
    assert told(job)[-1] == {"did": "refused", "code": code}
    (shown,) = queries.list_scheduled_updates(TaskPermissions(owner_actor, get_task(owner_actor, job.key)))
    assert (shown.state, shown.error["code"]) == ("refused", code)  # type: ignore[index]


def test_nothing_is_half_written(make: MakeTask, application_actor: Actor) -> None:
    task = make()
    said = {"title": "New", "fields": {"rows": 3}, "stage": "done"}
    services.schedule_update(application_actor, task.key, at=later(), set=said)
    services.hand_over(application_actor, task.key, {"to": "team:dba", "fields": ["rows"]})
    assert come() == 1
    task = Task.objects.get(pk=task.pk)
    assert (task.title, task.fields, task.status) == ("Move", {"source": "a"}, "handed_over")
    assert told(task)[-1] == {"did": "refused", "code": "forbidden"}
    assert not Event.objects.filter(task_id=task.pk, type="task.updated").exists()


def test_what_is_locked_only_for_now_can_be_planned(make: MakeTask, application_actor: Actor) -> None:
    task = make()
    handover = services.hand_over(application_actor, task.key, {"to": "team:dba", "fields": ["rows"]})
    services.schedule_update(application_actor, task.key, at=later(), set={"fields": {"rows": 3}})
    services.withdraw_handover(application_actor, handover.pk)
    assert come() == 1
    assert Task.objects.get(pk=task.pk).fields["rows"] == 3


@pytest.mark.parametrize(
    ("said", "error", "pointer"),
    [
        ({"at": -1, "set": {"title": "x"}}, Invalid, "/at"),
        ({}, Invalid, "/set"),
        ({"set": {"status": "complete"}}, Invalid, "/set/status"),
        ({"set": {"fields": {"nothing": 1}}}, Invalid, "/set/fields/nothing"),
        ({"set": {"fields": {"secret": "x"}}}, Invalid, "/set/fields/secret"),
        ({"set": {"fields": {"rows": -1}}}, SchemaViolation, "/set/fields/rows"),
        ({"set": {"assignee": "user:nobody"}}, Invalid, "/set/assignee"),
        ({"set": {"stage": "nowhere"}}, Invalid, "/set/stage"),
        ({"transition": "nothing"}, Invalid, "/transition"),
    ],
)
def test_what_could_never_be_done_is_refused_at_once(
    make: MakeTask, application_actor: Actor, said: dict[str, Any], error: Any, pointer: str
) -> None:
    at = later(said.pop("at", 1))
    with pytest.raises(error) as refused:
        services.schedule_update(application_actor, make().key, at=at, **said)
    assert [problem.pointer for problem in refused.value.errors] == [pointer]


def test_people_plan_nothing_in_an_application_s_container(
    make: MakeTask, member_actor: Actor, stranger_actor: Actor
) -> None:
    task = make()
    for said in ({"title": "x"}, {"fields": {"rows": 1}}):
        with pytest.raises(Forbidden):
            services.schedule_update(member_actor, task.key, at=later(), set=said)
    with pytest.raises(NotFound):
        services.schedule_update(stranger_actor, task.key, at=later(), set={"title": "x"})


def test_hidden_fields_are_hidden_in_plans_too(
    make: MakeTask, application_actor: Actor, member_actor: Actor, owner_actor: Actor
) -> None:
    task = make()
    one = services.schedule_update(application_actor, task.key, at=later(), set={"fields": {"lag": 5}})
    both = services.schedule_update(application_actor, task.key, at=later(2), set={"title": "T", "fields": {"lag": 5}})
    member, manager = (TaskPermissions(actor, get_task(actor, task.key)) for actor in (member_actor, owner_actor))
    assert [
        rendering.render_scheduled_update(member, row)["set"] for row in queries.list_scheduled_updates(member)
    ] == [{"title": "T"}]
    assert len(queries.list_scheduled_updates(manager)) == 2
    with pytest.raises(NotFound):
        services.drop_scheduled_update(member_actor, one.pk)
    with pytest.raises(Forbidden):
        services.drop_scheduled_update(member_actor, both.pk)
    told = [event["data"] for event in timeline.task_events(member) if event["type"] == "task.update_scheduled"]
    assert [each["planned"] for each in told] == [{"title": "T"}]
    Application.objects.update(active=False)
    come()
    (shown,) = [rendering.render_scheduled_update(member, row) for row in queries.list_scheduled_updates(member)]
    assert (shown["state"], shown["error"]["detail"]) == ("refused", "It was not possible then.")
    assert "lag" not in str(timeline.task_events(member))


def test_who_made_it_and_whose_task_it_is_drop_it(
    job: Task, member_actor: Actor, owner_actor: Actor, stranger_actor: Actor
) -> None:
    first = services.schedule_update(member_actor, job.key, at=later(), set={"title": "x"})
    second = services.schedule_update(member_actor, job.key, at=later(), set={"title": "y"})
    with pytest.raises(NotFound):
        services.drop_scheduled_update(stranger_actor, first.pk)
    services.drop_scheduled_update(member_actor, first.pk)
    services.drop_scheduled_update(owner_actor, second.pk)
    assert come() == 0
    third = services.schedule_update(member_actor, job.key, at=later(), set={"title": "z"})
    come()
    with pytest.raises(Conflict):
        services.drop_scheduled_update(member_actor, third.pk)


def test_they_go_on_with_the_newest_attempt(make: MakeTask, application_actor: Actor) -> None:
    task = make()
    services.schedule_update(application_actor, task.key, at=later(), set={"title": "Later"})
    stale = ScheduledUpdate.objects.values_list("pk", "task_id").get()
    Task.objects.filter(pk=task.pk).update(status="failed")
    newest = attempts.retry_task(application_actor, task.pk)
    assert not scheduled_updates_run.decide(*stale)
    assert come() == 1
    assert Task.objects.get(pk=newest.pk).title == "Later"


def test_a_transition_is_pressed_by_its_maker(
    container: Container, application_actor: Actor, owner_actor: Actor, member_actor: Actor
) -> None:
    go = {"name": "go", "from": ["todo"], "to": "done", "who": ["manager"]}
    put_type(application_actor, container.slug, "job", {"transitions": [go]})
    body = {"container": container.slug, "type": "job", "title": "Job"}
    task, _new = services.create_task(application_actor, body)
    with pytest.raises(Forbidden):
        services.schedule_update(member_actor, task.key, at=later(), transition="go")
    services.schedule_update(owner_actor, task.key, at=later(), transition="go")
    services.schedule_update(owner_actor, task.key, at=later(2), transition="go")
    assert come() == 2
    assert Task.objects.get(pk=task.pk).stage == "done"
    assert [each["did"] for each in told(task)] == ["planned", "planned", "done", "refused"]


def test_what_a_transition_lacks_is_not_named_to_whom_it_is_hidden(
    container: Container, application_actor: Actor, member_actor: Actor, owner_actor: Actor
) -> None:
    stages = [{"name": "todo", "category": "todo"}, {"name": "done", "category": "done", "requires": ["lag"]}]
    lag = {"type": "integer", "x-taskhub": {"read": ["application", "manager"]}}
    go = {"name": "go", "from": ["todo"], "to": "done", "who": ["application", "manager"]}
    shape = {"schema": {"type": "object", "properties": {"lag": lag}}, "stages": stages, "transitions": [go]}
    put_type(application_actor, container.slug, "job", shape)
    body = {"container": container.slug, "type": "job", "title": "Job"}
    task, _new = services.create_task(application_actor, body)
    update = services.schedule_update(application_actor, task.key, at=later(), transition="go")
    assert come() == 1
    update.refresh_from_db()
    member, manager = (TaskPermissions(actor, get_task(actor, task.key)) for actor in (member_actor, owner_actor))
    assert "lag" in str(rendering.render_scheduled_update(manager, update)["error"])
    assert "lag" not in str(rendering.render_scheduled_update(member, update)["error"])
    assert timeline.task_events(member)[-1]["data"]["error"] == "It was not possible then."


def test_what_is_to_come_is_listed_however_much_has_been(
    job: Task, member_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduled_updates, "MOST_LISTED", 4)
    for hours in range(5):
        services.schedule_update(member_actor, job.key, at=later(1 + hours), set={"title": str(hours)})
        come()
    planned_one = services.schedule_update(member_actor, job.key, at=later(9), set={"title": "x"})
    listed = queries.list_scheduled_updates(TaskPermissions(member_actor, job))
    assert (len(listed), listed[-1].pk) == (4, planned_one.pk)


def test_at_most_so_many_are_planned(job: Task, member_actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "MOST_PENDING", 1)
    services.schedule_update(member_actor, job.key, at=later(), set={"title": "x"})
    with pytest.raises(Conflict):
        services.schedule_update(member_actor, job.key, at=later(), set={"title": "y"})


def test_room_is_each_planners_own(
    job: Task, member_actor: Actor, owner_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What others planned may be hidden from the planner: it is not counted."""
    monkeypatch.setattr(plan, "MOST_PENDING", 1)
    services.schedule_update(owner_actor, job.key, at=later(), set={"title": "x"})
    services.schedule_update(member_actor, job.key, at=later(), set={"title": "y"})
