"""The history of many tasks for one reader: the number of statements does not grow with events or tasks."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.actors.actor import Actor
from apps.actors.references import actor_of_user
from apps.events.models import Event
from apps.tasks import services, timeline
from apps.tasks.access import TaskPermissions, get_task, passed
from apps.tasks.models import Task
from tests.factories import make_user

from .conftest import MakeTask

pytestmark = pytest.mark.django_db


@pytest.fixture
def tasks(make: MakeTask, application_actor: Actor) -> list[Task]:
    """Tasks with a history: edited, linked, handed over, and under other rules since."""
    made = [make() for _number in range(50)]
    for number, task in enumerate(made):
        services.edit_task(application_actor, task.pk, {"fields": {"rows": number, "lag": 1}})
        services.add_link(application_actor, task.pk, kind="relates", task=str(made[number - 1].pk))
        Task.objects.filter(pk=task.pk).update(past_rules=passed(task))
        services.hand_over(application_actor, task.pk, {"to": "user:member", "fields": ["rows"]})
    return made


def events_of(tasks: list[Task], each: int) -> list[Event]:
    return [event for task in tasks for event in Event.objects.filter(task_id=task.pk).order_by("-sequence")[:each]]


def statements(actor: Actor, events: list[Event]) -> int:
    with CaptureQueriesContext(connection) as captured:
        permissions = timeline.permissions_by_task(actor, events)
        documents = timeline.render_events(actor, events, permissions)
    assert any(documents)
    return len(captured)


def test_many_events_of_many_tasks_cost_as_much_as_a_few_of_one(
    tasks: list[Task], application_actor: Actor, member_actor: Actor, owner_actor: Actor
) -> None:
    many, few = events_of(tasks, 2), events_of(tasks[:1], 2)
    assert (len(many), len(few)) == (100, 2)
    for actor in (application_actor, member_actor, owner_actor):
        assert statements(actor, many) == statements(actor, few) <= 8, str(actor)


def test_so_it_is_for_an_administrator_who_opened_them(tasks: list[Task]) -> None:
    administrator = actor_of_user(make_user("root", staff=True))
    for task in tasks[:10]:
        services.break_glass(administrator, task.pk, reason="The auditor asks")
    many, few = events_of(tasks[:10], 5), events_of(tasks[:1], 1)
    assert statements(administrator, many) == statements(administrator, few) <= 10


def test_so_it_is_for_attempts_of_tasks_under_other_rules(
    make: MakeTask, application_actor: Actor, member_actor: Actor
) -> None:
    attempts = [make() for _number in range(10)]
    for task in attempts:
        Task.objects.filter(pk=task.pk).update(status="failed")
        newest = services.retry_task(application_actor, task.pk)
        Task.objects.filter(newest=newest.pk).update(past_rules=passed(newest))
    many, few = events_of(attempts, 3), events_of(attempts[:1], 1)
    assert statements(member_actor, many) == statements(member_actor, few) <= 12


def test_each_event_reads_as_in_the_history_of_its_task(tasks: list[Task], member_actor: Actor) -> None:
    events = list(Event.objects.filter(task_id__in=[task.pk for task in tasks]).order_by("-sequence", "-id"))
    documents = timeline.render_events(member_actor, events, timeline.permissions_by_task(member_actor, events))
    rendered = {document["id"]: document for document in documents if document}
    alone = [
        document
        for task in tasks
        for document in timeline.task_events(TaskPermissions(member_actor, get_task(member_actor, task.pk)))
    ]
    assert rendered == {document["id"]: document for document in alone}


def test_events_of_a_hidden_task_do_not_exist(
    make: MakeTask, application_actor: Actor, member_actor: Actor, stranger_actor: Actor
) -> None:
    task, hidden = make(), make(privacy="application")
    events = events_of([task, hidden], 1)
    for actor, exist in ((application_actor, [True, True]), (member_actor, [True, False])):
        documents = timeline.render_events(actor, events, timeline.permissions_by_task(actor, events))
        assert [document is not None for document in documents] == exist


def test_internal_events_exist_for_those_who_work_on_the_task(
    make: MakeTask, application_actor: Actor, requester_actor: Actor
) -> None:
    task = make(reporter="user:ana")
    services.add_note(application_actor, task.pk, text="Between us", kind="work_note")
    event = Event.objects.get(task_id=task.pk, type="task.noted")
    for actor, exists in ((application_actor, True), (requester_actor, False)):
        (document,) = timeline.render_events(actor, [event], timeline.permissions_by_task(actor, [event]))
        assert (document is not None) is exists
