"""The pages of operations: groups of failures, a plan, an operation and what became of its tasks."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.actors.actor import Actor
from apps.actors.models import Application, User
from apps.automation.queue import failure
from apps.containers.models import Membership
from apps.operations import run
from apps.operations import services as operations
from apps.operations.models import Operation
from apps.tasks import services
from apps.tasks.models import Task

from .conftest import Browse, Make, text_of

pytestmark = pytest.mark.django_db
LIST = "/operations/"
PLAN = "/operations/plan/?status=failed&container=migrations&type=migration&error=SmtpDown"
Failed = Callable[..., list[Task]]


@pytest.fixture
def failed(make: Make, application_actor: Actor) -> Failed:
    """Makes failed tasks that the container's members see."""

    def fail(count: int = 1, *, name: str = "SmtpDown", **body: Any) -> list[Task]:
        tasks = [make(**{"privacy": "inherit", **body}) for _number in range(count)]
        for task in tasks:
            failure.fail_task(application_actor, str(task.pk), error={"name": name, "message": "No answer."})
        return tasks

    return fail


def work() -> None:
    """The background's part, until nothing is due at this moment."""
    while run.work_due():
        pass


def plan_in(client: Client, url: str = PLAN, **chosen: str) -> str:
    """The token of the plan that a page shows."""
    page = client.post(url, {**chosen, "step": "look"}) if chosen else client.get(url)
    assert page.status_code == 200
    token: str = page.context["plan"]
    return token


def begin(client: Client, url: str = PLAN, **typed: str) -> Operation:
    answer = client.post(url, {"kind": "retry", "plan": plan_in(client, url), **typed})
    assert answer.status_code == 303
    operation = Operation.objects.latest("id")
    assert answer.headers["Location"] == f"/operations/{operation.pk}/"
    return operation


# --- The list ----------------------------------------------------------------------------------------


def test_failures_are_grouped_and_lead_to_a_plan(browse: Browse, owner: User, failed: Failed) -> None:
    failed(3)
    failed(1, name="Other")
    answer = browse(owner).get(LIST)
    page = text_of(answer)
    assert "4 tasks in the last 7 days" in page
    assert [(group["error"], group["count"]) for group in answer.context["groups"]] == [("Other", 1), ("SmtpDown", 3)]
    assert 'aria-label="The last 7 days in twelve parts, the oldest first: 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3"' in page
    query = parse_qs(urlsplit(answer.context["groups"][1]["plan_url"]).query)
    assert (query["status"], query["error"], query["container"]) == (["failed"], ["SmtpDown"], ["migrations"])
    assert "3 tasks would be worked on" in text_of(browse(owner).get(answer.context["groups"][1]["plan_url"]))


def test_stranger_sees_no_group(browse: Browse, stranger: User, failed: Failed) -> None:
    failed(2)
    page = text_of(browse(stranger).get(LIST))
    assert "Nothing failed in the last 7 days" in page
    assert "No operation yet" in page
    assert "SmtpDown" not in page


def test_hidden_tasks_change_nothing(browse: Browse, member: User, failed: Failed) -> None:
    failed(1)
    client = browse(member)
    seen = [asked(client, path) for path in (LIST, LIST, PLAN)][1:]
    failed(2, privacy="application")
    failed(1, privacy="application", name="Hush")
    assert [asked(client, path) for path in (LIST, PLAN)] == seen
    assert client.get(PLAN).context["matched"] == 1


def asked(client: Client, path: str) -> tuple[str, int]:
    """What a page shows, but for its tokens, and for how many statements."""
    with CaptureQueriesContext(connection) as statements:
        page = client.get(path)
    text = text_of(page).partition("<main")[2]
    return re.sub(r'type="hidden" name="\w+" value="[^"]*"', "", text), len(statements)


def test_link_is_for_those_who_work_somewhere(browse: Browse, member: User, requester: User) -> None:
    link = f'<a href="{LIST}">'
    assert link in text_of(browse(member).get("/profile/"))
    assert link not in text_of(browse(requester).get("/profile/"))
    assert browse(requester).get(LIST).status_code == 200


@pytest.mark.parametrize(("path", "most"), [(LIST, 10), (PLAN, 10)])
def test_ceiling_of_queries(
    browse: Browse, owner: User, failed: Failed, path: str, most: int, django_assert_max_num_queries: Any
) -> None:
    failed(3)
    for _number in range(3):
        begin(browse(owner))
    client = browse(owner)
    client.get(path)
    with django_assert_max_num_queries(most):
        client.get(path)


# --- The plan ----------------------------------------------------------------------------------------


def test_plan_without_a_filter_leads_to_the_groups(browse: Browse, owner: User) -> None:
    assert browse(owner).get("/operations/plan/").headers["Location"] == LIST
    assert browse(owner).get("/operations/plan/?kind=retry").headers["Location"] == LIST


def test_plan_with_a_wrong_filter_is_refused(browse: Browse, owner: User) -> None:
    for query in ("status=odd", "fields.a__odd=1", "priority_min=x"):
        assert browse(owner).get(f"/operations/plan/?{query}").status_code == 400


def test_plan_names_what_is_left_out_with_samples(browse: Browse, owner: User, viewer: User, failed: Failed) -> None:
    (task,) = failed(1)
    page = text_of(browse(viewer).get(PLAN))
    assert "0 tasks would be worked on" in page
    assert "You may look at them, and not work on them: <strong>1</strong>" in page
    assert f'<a href="/tasks/{task.key}/">{task.key}</a>' in page
    assert "Begin with" not in page


def test_begun_operation_is_worked_off(browse: Browse, owner: User, failed: Failed) -> None:
    failed(2)
    client = browse(owner)
    operation = begin(client, reason="SMTP is back", canary_first="1", canary_share="50", rate="7")
    assert (operation.kind, operation.reason, operation.author) == ("retry", "SMTP is back", "user:owner")
    assert (operation.canary_first, operation.canary_min_ok, operation.max_per_second) == (1, 0.5, 7)
    assert operation.matched == 2
    page = text_of(client.get(LIST))
    assert "Retry: SMTP is back" in page
    assert "Trying the first few" in page


def test_form_sent_twice_begins_once(browse: Browse, owner: User, failed: Failed) -> None:
    failed(1)
    client = browse(owner)
    sent = {"kind": "retry", "plan": plan_in(client), "once": "01936b3e-8c1f-7a52-9d3e-5f6a7b8c9d0e"}
    first, second = (client.post(PLAN, sent).headers["Location"] for _number in range(2))
    assert first == second
    assert Operation.objects.count() == 1


def test_changed_plan_shows_new_counts_and_keeps_what_was_typed(browse: Browse, owner: User, failed: Failed) -> None:
    failed(1)
    client = browse(owner)
    typed = {"kind": "retry", "reason": "SMTP is back", "canary_first": "1", "canary_share": "90", "rate": "3"}
    old = plan_in(client)
    failed(1)
    answer = client.post(PLAN, {**typed, "plan": old})
    assert answer.status_code == 409
    page = text_of(answer)
    assert "Nothing was begun" in page
    assert "2 tasks would be worked on" in page
    for name in ("reason", "canary_first", "canary_share", "rate"):
        assert answer.context["values"][name] == typed[name]
    assert 'value="SMTP is back"' in page
    assert not Operation.objects.exists()
    assert client.post(PLAN, {**typed, "plan": answer.context["plan"]}).status_code == 303


def test_another_kind_is_counted_before_it_begins(browse: Browse, owner: User, failed: Failed) -> None:
    failed(1)
    client = browse(owner)
    assert client.post(PLAN, {"kind": "skip", "plan": plan_in(client)}).status_code == 409
    token = plan_in(client, kind="skip", reason="Old")
    assert not Operation.objects.exists()
    assert client.post(PLAN, {"kind": "skip", "plan": token}).status_code == 303
    work()
    assert Operation.objects.get().state == "done"


def test_kinds_are_those_that_fit_the_statuses(browse: Browse, owner: User, failed: Failed) -> None:
    failed(1)
    answer = browse(owner).get(PLAN)
    assert [kind["name"] for kind in answer.context["kinds"]] == ["retry", "skip"]
    others = browse(owner).get(answer.context["others_url"])
    assert [kind["name"] for kind in others.context["kinds"]] == ["skip", "cancel", "fail_over"]


@pytest.mark.parametrize(
    ("typed", "target"),
    [
        ({"canary_first": "0", "canary_share": "50"}, "canary-first"),
        ({"canary_first": "some", "canary_share": "50"}, "canary-first"),
        ({"canary_first": "5", "canary_share": "500"}, "canary-share"),
        ({"canary_first": "5", "canary_share": ""}, "canary-share"),
        ({"canary_first": "5", "canary_share": "nan"}, "canary-share"),
        ({"rate": "-1"}, "rate"),
    ],
)
def test_wrong_numbers_are_named_at_their_place(
    browse: Browse, owner: User, failed: Failed, typed: dict[str, str], target: str
) -> None:
    failed(1)
    client = browse(owner)
    for step in ("begin", "look"):
        answer = client.post(PLAN, {"kind": "retry", "plan": plan_in(client), "step": step, **typed})
        assert answer.status_code == 422
        assert f'<a href="#{target}">' in text_of(answer)
        assert answer.context["values"]["rate"] == typed.get("rate", "")
    assert not Operation.objects.exists()


# --- One operation -----------------------------------------------------------------------------------


def test_operation_shows_counts_and_items(
    browse: Browse, owner: User, failed: Failed, application_actor: Actor
) -> None:
    tasks = failed(3)
    client = browse(owner)
    operation = begin(client, reason="SMTP is back")
    services.retry_task(application_actor, str(tasks[0].pk))
    work()
    answer = client.get(f"/operations/{operation.pk}/")
    page = text_of(answer)
    assert "SMTP is back" in page
    assert 'aria-label="still running: 2, refused: 1"' in page
    assert [tab["name"] for tab in answer.context["tabs"] if tab["chosen"]] == ["bad"]
    assert [row["task"]["url"] for row in answer.context["items"]] == [f"/tasks/{tasks[0].pk}/"]
    running = client.get(f"/operations/{operation.pk}/?outcome=running")
    assert {row["task"]["name"] for row in running.context["items"]} == {task.key for task in tasks[1:]}


def test_task_that_is_hidden_by_now_is_no_link(browse: Browse, member: User, failed: Failed) -> None:
    (task,) = failed(1)
    client = browse(member)
    operation = begin(client)
    Membership.objects.filter(user=member).delete()
    work()
    answer = client.get(f"/operations/{operation.pk}/")
    assert [row["task"] for row in answer.context["items"]] == [{"name": str(task.pk), "url": ""}]
    assert task.title not in text_of(answer)


def test_stop_and_resume(browse: Browse, owner: User, failed: Failed) -> None:
    failed(2)
    client = browse(owner)
    url = f"/operations/{begin(client).pk}/"
    assert client.get(url + "stop/").status_code == 405
    assert client.post(url + "stop/").headers["Location"] == url
    page = text_of(client.get(url))
    assert "Stopped" in page
    assert f'action="{url}resume/"' in page
    assert "It is not running." in text_of(client.post(url + "stop/", follow=True))
    assert client.post(url + "resume/").status_code == 303
    work()
    assert Operation.objects.get().done == 2


def test_held_operation_says_why(browse: Browse, owner: User, failed: Failed, application_actor: Actor) -> None:
    tasks = failed(3)
    client = browse(owner)
    operation = begin(client, canary_first="1", canary_share="95")
    first = min(tasks, key=lambda task: task.pk)
    services.retry_task(application_actor, str(first.pk))
    work()
    page = text_of(client.get(f"/operations/{operation.pk}/"))
    assert "Of the first 1 tasks 0 went well; 95 % were asked for. All others are untouched." in page
    assert "Go on with the others all the same" in page


def test_poll_answers_304_until_something_changes(browse: Browse, owner: User, failed: Failed) -> None:
    failed(2)
    client = browse(owner)
    operation = begin(client)
    url = client.get(f"/operations/{operation.pk}/").context["changes_url"]
    first = client.get(url)
    assert client.get(url, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    work()
    second = client.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert "still running: 2" in text_of(second)
    assert "It went on" not in text_of(first)
    assert f'<a href="/operations/{operation.pk}/">It went on' in text_of(second)


def test_operations_of_others_are_absent(browse: Browse, owner: User, member: User, failed: Failed) -> None:
    failed(1)
    url = f"/operations/{begin(browse(owner)).pk}/"
    client = browse(member)
    assert "No operation yet" in text_of(client.get(LIST))
    for path in (url, url + "changes/", "/operations/typo/"):
        assert client.get(path).status_code == 404
    for path in (url + "stop/", url + "resume/"):
        assert client.post(path).status_code == 404


def test_owner_of_the_application_sees_it_without_numbers(
    browse: Browse, stranger: User, application: Application, application_actor: Actor, failed: Failed
) -> None:
    application.owners.add(stranger)
    failed(1)
    body = {"kind": "retry", "filter": {"status": "failed"}, "reason": "SMTP is back"}
    _read, _options, plan = operations.plan_operation(application_actor, {**body, "dry_run": True})
    body["plan"] = str(plan.render()["plan"])
    operation = operations.begin_operation(application_actor, *operations.plan_operation(application_actor, body))
    client = browse(stranger)
    page = text_of(client.get(f"/operations/{operation.pk}/"))
    assert "SMTP is back" in page
    assert "Only who began it reads its counts" in page
    assert 'class="meter"' not in page
    assert "Status" not in page
    assert 'class="meter"' not in text_of(client.get(LIST))
    assert client.post(f"/operations/{operation.pk}/stop/").status_code == 303


def test_ceiling_of_queries_of_one(
    browse: Browse, owner: User, failed: Failed, django_assert_max_num_queries: Any
) -> None:
    failed(5)
    client = browse(owner)
    operation = begin(client)
    work()
    client.get(f"/operations/{operation.pk}/")
    with django_assert_max_num_queries(14):
        client.get(f"/operations/{operation.pk}/?outcome=running")
