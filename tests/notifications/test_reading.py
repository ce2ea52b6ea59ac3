"""The bell: what a person reads of what they were told, and what has become hidden since."""

import pytest

from apps.automation.queue import failure
from apps.core.errors import Forbidden, Invalid
from apps.notifications import queries
from apps.notifications.rendering import render_many
from apps.notifications.services import mark_read, mark_task_read
from apps.tasks import services
from apps.tasks.queries import get_handover

ASK = {"to": "user:member", "title": "Which server?", "fields": ["target"]}


@pytest.fixture
def asked(task, told, application_actor, member):
    services.hand_over(application_actor, task.pk, ASK)
    told()
    return task


def seen(actor):
    return render_many(actor, queries.list_notifications(actor))


def test_what_one_reads(asked, member_actor):
    (row,) = seen(member_actor)
    assert (row["title"], row["key"], row["reason"]) == ("Which server?", asked.key, "asked")
    assert row["read_at"] is None
    (entry,) = queries.entries(member_actor, queries.list_notifications(member_actor))
    assert (entry.path, entry.reason) == (f"/tasks/{asked.key}/", "you are asked")


def test_reading_all_and_some(asked, member_actor):
    (row,) = seen(member_actor)
    assert queries.unread_count(member_actor) == 1
    assert mark_read(member_actor, [row["id"]]) == 1
    assert mark_read(member_actor, "all") == 0
    assert queries.unread_count(member_actor) == 0
    assert seen(member_actor)[0]["read_at"] is not None


def test_looking_at_the_task_is_reading(asked, member_actor, stranger_actor):
    assert mark_task_read(stranger_actor, [asked.pk]) == 0
    assert mark_task_read(member_actor, [asked.pk]) == 1


def test_nobody_marks_anothers(asked, member_actor, stranger_actor, application_actor):
    (row,) = seen(member_actor)
    assert mark_read(stranger_actor, [row["id"]]) == 0
    assert mark_read(stranger_actor, "all") == 0
    with pytest.raises(Forbidden):
        mark_read(application_actor, "all")
    with pytest.raises(Invalid) as refusal:
        mark_read(member_actor, [row["id"], "x"])
    assert refusal.value.errors[0].pointer == "/ids/1"


def test_what_became_hidden_is_absent(asked, application_actor, member_actor, member, container):
    container.memberships.filter(user=member).delete()
    assert len(seen(member_actor)) == 1
    handover = get_handover(member_actor, str(asked.handovers.get().pk))
    services.withdraw_handover(application_actor, str(handover.pk))
    assert seen(member_actor) == []
    assert queries.unread_count(member_actor) == 0


def test_work_notes_are_absent_for_who_no_longer_works_on_it(task, told, application_actor, assignee_actor):
    services.add_note(application_actor, task.pk, text="x", kind="work_note")
    services.watch(assignee_actor, task.pk)
    told()
    assert [row["reason"] for row in seen(assignee_actor)] == ["work_note"]
    services.grant(application_actor, task.pk, "user:assignee")
    services.edit_task(application_actor, task.pk, {"assignee": None})
    assert seen(assignee_actor) == []


def test_a_retried_task_is_shown_as_the_newest(task, told, application_actor, reporter_actor, assignee_actor):
    services.add_note(assignee_actor, task.pk, text="x", kind="comment")
    told()
    services.start_task(application_actor, task.pk)
    failure.fail_task(application_actor, task.pk, error={"name": "lost", "recoverable": False})
    newest = services.retry_task(application_actor, task.pk)
    (row,) = seen(reporter_actor)
    assert (row["task"], row["key"]) == (str(newest.pk), task.key)


def test_the_list_costs_the_same_for_many(asked, application_actor, member_actor, told, django_assert_max_num_queries):
    for number in range(5):
        services.add_note(application_actor, asked.pk, text=str(number), kind="comment")
    told()
    with django_assert_max_num_queries(3):
        assert len(seen(member_actor)) == 6
