"""Who hears of what: those whom it concerns and who see it, never its author."""

import pytest

from apps.actors.actor import SYSTEM
from apps.actors.services import change_user
from apps.automation.transitions import record_failure
from apps.containers.services.types import put_builtin
from apps.events.models import Event
from apps.events.unit_of_work import unit_of_work
from apps.notifications import queries
from apps.notifications.consumer import notify
from apps.notifications.models import Notification
from apps.tasks import services
from apps.tasks.access import get_task
from apps.tasks.models import Task
from apps.tasks.services.handovers.opening import fail_over

ASK = {"to": "user:member", "title": "Which server?", "fields": ["target"]}


def test_making_a_task_tells_nobody(task, told):
    assert told() == set()


def test_the_person_who_is_asked(task, told, application_actor, member):
    services.hand_over(application_actor, task.pk, ASK)
    assert told() == {("member", "asked")}
    row = Notification.objects.get()
    assert row.actor == "application:migrator"
    assert row.handover.title == "Which server?"


def test_every_active_member_of_a_team(task, told, application_actor, member, team, stranger, owner):
    team.members.set([member, stranger, owner])
    owner.is_active = False
    owner.save()
    services.hand_over(application_actor, task.pk, {**ASK, "to": "team:dba"})
    assert told() == {("member", "team_asked"), ("stranger", "team_asked")}


def test_delegating_tells_the_next_one(task, told, application_actor, member_actor, stranger, member):
    handover = services.hand_over(application_actor, task.pk, ASK)
    told()
    services.delegate_handover(member_actor, str(handover.pk), to="user:stranger")
    assert told() == {("stranger", "asked")}


@pytest.mark.parametrize("by_application", [True, False])
def test_failing_over_tells_the_team_once(task, told, application_actor, member, assignee, by_application):
    services.start_task(application_actor, task.pk)
    error, actor = {"name": "lost"}, application_actor if by_application else SYSTEM
    with unit_of_work():
        fail_over(get_task(actor, task.pk), {"to": "team:dba"}, error=error, reason="failed", actor=actor)
    assert told() == {("member", "failed_over"), ("assignee", "work_note")}


def test_taking_over_tells_oneself_nothing(task, told, application_actor, assignee_actor, container, assignee):
    container.memberships.create(user=assignee, role="contributor")
    services.take_over(assignee_actor, task.pk)
    assert told() == set()


def test_completion_tells_the_reporter_and_the_watchers(task, told, application_actor, assignee_actor, reporter_actor):
    services.watch(assignee_actor, task.pk)
    services.watch(reporter_actor, task.pk)
    services.complete_task(application_actor, task.pk)
    assert told() == {("reporter", "complete"), ("assignee", "followed")}


def test_who_completes_knows_it(desk, told, owner_actor, member_actor):
    put_builtin(desk)
    task, _ = services.create_task(owner_actor, {"container": "desk", "type": "task", "title": "Tidy up"})
    services.watch(member_actor, task.pk)
    services.complete_task(owner_actor, task.pk)
    assert told() == {("member", "followed")}


def test_comments_reach_the_people_of_the_task_but_their_author(task, told, reporter_actor):
    services.add_note(reporter_actor, task.pk, text="When?", kind="comment")
    assert told() == {("assignee", "comment")}


def test_work_notes_reach_only_those_who_work_on_it(task, told, application_actor, reporter_actor):
    services.watch(reporter_actor, task.pk)
    services.add_note(application_actor, task.pk, text="Lag is 3", kind="work_note")
    assert told() == {("assignee", "work_note")}


def test_comments_reach_who_is_asked(task, told, application_actor, member):
    services.hand_over(application_actor, task.pk, ASK)
    told()
    services.add_note(application_actor, task.pk, text="Hurry", kind="comment")
    assert told() == {("reporter", "comment"), ("assignee", "comment"), ("member", "comment")}


def test_a_watcher_who_lost_sight_hears_nothing(task, told, application_actor, stranger, stranger_actor):
    services.grant(application_actor, task.pk, "user:stranger")
    services.watch(stranger_actor, task.pk)
    services.revoke_grant(application_actor, task.pk, "user:stranger")
    services.complete_task(application_actor, task.pk)
    assert told() == {("reporter", "complete")}


def test_the_same_event_twice_tells_once(task, told, application_actor, member):
    services.hand_over(application_actor, task.pk, ASK)
    told()
    notify(Event.objects.get(type="task.handed_over"))
    assert Notification.objects.count() == 1


def test_an_answered_question_tells_nobody_any_more(task, told, application_actor, member_actor, member):
    handover = services.hand_over(application_actor, task.pk, ASK)
    services.withdraw_handover(application_actor, str(handover.pk))
    assert told() == set()


def test_managers_hear_once_that_a_rule_cannot_be_run(task, told, application_actor, owner, stranger):
    Task.objects.filter(pk=task.pk).update(privacy="inherit")
    told()
    for number in range(2):
        with unit_of_work():
            locked = get_task(SYSTEM, str(task.pk), lock=True)
            record_failure(locked, actor=application_actor, detail=f"It failed {number}.", rule="r")
    assert told() == {("owner", "rule_failed")}


def test_a_person_hears_that_whom_they_asked_has_left(desk, told, owner_actor, member):
    put_builtin(desk)
    task, _ = services.create_task(owner_actor, {"container": "desk", "type": "task", "title": "Tidy up"})
    services.hand_over(owner_actor, task.pk, {**ASK, "fields": []})
    told()
    member.first_name, member.is_active = "Mia", False
    change_user(actor=SYSTEM, user=member)
    assert told() == {("owner", "given_back")}
    entry = queries.entries(owner_actor, queries.list_notifications(owner_actor))[0]
    assert (entry.title, entry.reason) == ("Which server?", "your question comes back: Mia has left")


def test_an_application_that_asked_gets_the_event_alone(task, told, application_actor, member):
    services.hand_over(application_actor, task.pk, ASK)
    told()
    member.is_active = False
    change_user(actor=SYSTEM, user=member)
    assert told() == set()


def test_who_delegated_hears_that_it_is_theirs_again(task, told, application_actor, owner, owner_actor, member):
    handover = services.hand_over(application_actor, task.pk, {**ASK, "to": "user:owner"})
    services.delegate_handover(owner_actor, str(handover.pk), to="user:member", returns=True)
    told()
    member.is_active = False
    change_user(actor=SYSTEM, user=member)
    assert told() == {("owner", "asked")}
