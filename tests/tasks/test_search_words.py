"""Words find exactly what their reader may read: hidden ones are as if they were nowhere."""

from typing import Any

import pytest

from apps.actors.actor import Actor
from apps.containers.models import Container, TaskType
from apps.containers.services import put_type
from apps.events.unit_of_work import unit_of_work
from apps.tasks import queries, search, services
from apps.tasks.models import SearchText, Task
from apps.tasks.search.words import hits, terms_of
from apps.tasks.services import writing

from .conftest import SHAPE, MakeTask

pytestmark = pytest.mark.django_db


def found(actor: Actor, words: str) -> list[str]:
    rows = queries.tasks_for(actor).current().filter(search.matching_text(actor, words))
    return sorted(row.title for row in rows)


def shape(**fields: Any) -> dict[str, Any]:
    """The type with other fields."""
    return {
        **SHAPE,
        "schema": {"type": "object", "properties": fields},
        "create": {"by": None, "fields": []},
        "failover": None,
    }


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("orders", True), ("ORDERS", True), ("ord", True), ("rders", False), ("o", False), ("Zurich", True),
        ("zür", True), ('"to the new"', True), ('"the to"', False), ("orders nowhere", False),
        ("orders -nowhere", True),
        ("orders -cluster", False), ("nowhere or cluster", True), ("nowhere or nothing", False), ("urgent", True),
        ("-nowhere", True), ("step-by-step", True), ("%", False), ("' OR 1=1", False), ("🙂", False), ("*", False),
        ('"', False), ("or", True), ("()&|!:*", False), ("\\", False), ("a" * 5000, False), ("NEAR(orders)", False),
    ],
)  # fmt: skip
def test_words_find(make: MakeTask, application_actor: Actor, words: str, is_found: bool) -> None:
    make(title="Move orders to the new cluster", description="Step by step, in Zürich.", tags=["urgent"])
    assert bool(found(application_actor, words)) == is_found


@pytest.mark.parametrize(
    ("text", "words", "is_found"),
    [
        ("请检查生产数据库的迁移", "数据库", True), ("请检查生产数据库的迁移", "迁移", True),
        ("请检查生产数据库的迁移", "移", True), ("请检查生产数据库的迁移", "产", True),
        ("请检查生产数据库的迁移", "据数", False),
        ("请检查生产数据库的迁移", '"生产 迁移"', False), ("请检查生产数据库的迁移", "生产 迁移", True),
        ("サーバーの移行を確認してください", "移行", True), ("サーバーの移行を確認してください", "ｻｰﾊﾞｰ", True),
        ("サーバーの移行を確認してください", "確認する", False), ("ตรวจสอบการย้ายฐานข้อมูล", "ฐานข้อมูล", True),
        ("ตรวจสอบการย้ายฐานข้อมูล", "ข้อสอบ", False), ("第3章 Oracle数据", "oracle数据", True),
        ("第3章 Oracle数据", "3章", True), ("第3章 Oracle数据", "Ora", True), ("서울에서 이전", "서울", True),
        ("डेटाबेस की जाँच", "डेटाबेस", True), ("文", "文", True), ("请检查数据", "-数据", False),
    ],
)  # fmt: skip
def test_letters_without_blanks_are_found_anywhere(
    make: MakeTask, application_actor: Actor, text: str, words: str, is_found: bool
) -> None:
    make(title="T", description=f"Before: {text}, after.")
    assert bool(found(application_actor, words)) == is_found


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("请检查生产数据库的迁移", "数据库", ["数据库"]), ("请检查生产数据库的迁移", "移", ["移"]),
        ("数据和数据库", "数据", ["数据", "数据"]), ("ตรวจสอบการย้าย", "การย้าย", ["การย้าย"]),
        ("Zu\u0308rich calls", "zurich", ["Zu\u0308rich"]), ("サーバーの移行", "ｻｰﾊﾞｰ", ["サーバー"]),
    ],
)  # fmt: skip
def test_what_was_asked_for_is_marked(text: str, query: str, marked: list[str]) -> None:
    terms = [term for group in terms_of(query) for term in group]
    assert [text[start:stop] for start, stop in hits(text, terms)] == marked


def test_key_finds(make: MakeTask, application_actor: Actor) -> None:
    task = make()
    assert found(application_actor, str(task.key).lower()) == ["Move"]
    assert found(application_actor, str(task.key)[:6]) == ["Move"]


def test_texts_follow_their_changes(make: MakeTask, application_actor: Actor) -> None:
    task = make(title="Before", fields={"source": "origin"})
    services.edit_task(application_actor, task.key, {"title": "After", "fields": {"source": "spring"}})
    assert [found(application_actor, word) for word in ("before", "origin", "after spring")] == [[], [], ["After"]]
    services.unset_fields(application_actor, task.key, ["rows"])
    assert found(application_actor, "spring") == ["After"]


def test_what_is_quoted_in_fields_of_some_is_found_by_them(
    make: MakeTask, application_actor: Actor, owner_actor: Actor, member_actor: Actor
) -> None:
    """`lag` is read by the application and managers; `secret` by nobody's search."""
    make(privacy="inherit", fields={"source": "aurora", "lag": 424242, "secret": "zqxsecret"})
    for actor, sees in ((application_actor, True), (owner_actor, True), (member_actor, False)):
        assert found(actor, "aurora") == ["Move"]
        assert bool(found(actor, "424242")) == sees
        assert bool(found(actor, "aurora -424242")) != sees
        assert found(actor, "zqxsecret") == []


@pytest.mark.parametrize("audience", ["reporter", "assignee", "user:member", "team:dba", "contributor"])
def test_audiences_of_fields(
    migration: Any, application_actor: Actor, member_actor: Actor, owner_actor: Actor, audience: str
) -> None:
    field = {"type": "string", "x-taskhub": {"read": [audience]}}
    put_type(application_actor, migration.slug, "narrow", shape(x=field))
    body = {"container": migration.slug, "type": "narrow", "title": "Narrow", "fields": {"x": "narrowword"}}
    services.create_task(application_actor, {**body, "reporter": "user:member", "assignee": "user:member"})
    assert found(member_actor, "narrowword") == ["Narrow"]
    assert bool(found(owner_actor, "narrowword")) == (audience == "contributor")


def test_notes_and_files_are_found_by_their_audience(
    make: MakeTask, application_actor: Actor, member_actor: Actor, requester_actor: Actor
) -> None:
    task = make(privacy="inherit", reporter="user:ana")
    services.add_note(application_actor, task.key, text="Commentword here", kind="comment")
    services.add_note(application_actor, task.key, text="Workword here", kind="work_note")
    with services.receive([b"x"], name="fileword.txt") as received:
        file = services.attach(application_actor, task.key, received, kind="work_note")
    assert [found(requester_actor, word) for word in ("commentword", "workword", "fileword")] == [["Move"], [], []]
    assert found(requester_actor, "move -workword") == ["Move"]
    assert [found(member_actor, word) for word in ("workword", "fileword.txt")] == [["Move"], ["Move"]]
    services.remove_attachment(application_actor, str(file.pk))
    assert found(member_actor, "fileword") == []


def test_hidden_task_is_not_found(make: MakeTask, stranger_actor: Actor) -> None:
    make(title="Unheard")
    assert found(stranger_actor, "unheard") == []


def test_notes_of_an_attempt_are_found_at_the_newest(make: MakeTask, application_actor: Actor) -> None:
    task = make()
    services.add_note(application_actor, task.key, text="Said before", kind="comment")
    Task.objects.filter(pk=task.pk).update(status="failed", queued=False)
    newest = services.retry_task(application_actor, str(task.pk))
    services.add_note(application_actor, str(task.pk), text="Said late", kind="comment")
    said = SearchText.objects.filter(part__startswith="note")
    assert {row.task_id for row in said} == {newest.pk}
    assert found(application_actor, "said") == ["Move"]


def test_bulk_is_found_and_rebuilding_changes_nothing(application_actor: Actor, migration: Any) -> None:
    body = {"container": migration.slug, "type": "migration", "fields": {"source": "bulky", "lag": 7}}
    services.create_tasks(application_actor, [{**body, "title": f"Number {n}"} for n in range(3)])
    services.add_note(application_actor, str(Task.objects.first().pk), text="Noted", kind="comment")  # type: ignore[union-attr]

    def rows() -> list[Any]:
        return sorted(SearchText.objects.values_list("task", "part", "audience", "words"))

    before = rows()
    assert len(found(application_actor, "bulky")) == 3
    SearchText.objects.all().delete()
    assert found(application_actor, "bulky") == []
    last = search.rebuild(limit=2)
    while last is not None:
        last = search.rebuild(last, limit=2)
    assert rows() == before
    assert len(found(application_actor, "bulky")) == 3


def test_what_does_not_change_texts_writes_none(
    make: MakeTask, application_actor: Actor, django_assert_num_queries: Any
) -> None:
    task = make()
    ids = set(SearchText.objects.values_list("pk", flat=True))
    services.start_task(application_actor, task.key)
    services.complete_task(application_actor, task.key)
    assert set(SearchText.objects.values_list("pk", flat=True)) == ids


def test_other_rules_take_words_out_of_sight(
    make: MakeTask, application_actor: Actor, member_actor: Actor, migration: Any
) -> None:
    """A version that hides a field hides its words, although the value stays; writers may have set it before."""
    task = make(privacy="inherit", fields={"source": "openword"})
    assert found(member_actor, "openword") == ["Move"]
    hidden = {"type": "string", "x-taskhub": {"read": ["application"]}}
    put_type(application_actor, migration.slug, "migration", shape(source=hidden))
    with unit_of_work():
        locked = writing.lock(application_actor, task.key).task
        locked.type_version = TaskType.objects.get(name="migration", container=migration).current
        writing.update(locked, type_version=locked.type_version)
    assert found(member_actor, "openword") == []
    assert found(application_actor, "openword") == ["Move"]
    assert not SearchText.objects.filter(part="task", words__contains="openword").exists()


def test_field_of_many_audiences_is_searched(
    make: MakeTask, migration: Container, application_actor: Actor, member_actor: Actor, stranger_actor: Actor
) -> None:
    teams = [f"team:{number:02}-{'long' * 20}" for number in range(49)]
    note = {"type": "string", "x-taskhub": {"read": ["team:dba", *teams], "write": ["application"]}}
    put_type(application_actor, "migrations", "migration", shape(note=note))
    make(title="Noted", fields={"note": "marmalade"}, privacy="inherit")
    assert found(member_actor, "marmalade") == ["Noted"]
    assert found(stranger_actor, "marmalade") == []
