"""While a release rolls out, processes of the release before insert into and read from the new schema."""

import pytest

from .migrations import Migration, migrations

PUBLISHED = {
    "automation.0006_callers: function.callers without db_default or null",
    "tasks.0007_handovers_complete: handover.exclude without db_default or null",
    "tasks.0007_handovers_complete: handover.excluded without db_default or null",
    "tasks.0009_passages: task.passages without db_default or null",
}
"""Columns that every supported release knows: they are older than this rule. What the models no longer name is dropped
by a later release, and then stands here too."""


def test_migrations_leave_the_release_before_at_work() -> None:
    assert {fault for migration in migrations() for fault in migration.faults()} == PUBLISHED


def operations(text: str) -> list[str]:
    return Migration("tasks.0099_new", f"operations = [{text}]").faults()


@pytest.mark.parametrize(
    "text",
    [
        'migrations.AddField(model_name="task", name="x", field=models.JSONField(default=list))',
        'AddField("Task", "x", models.TextField())',
        'migrations.AddField("Task", "x", models.TextField(null=False))',
        'migrations.RenameField("Task", "x", "y")',
        'migrations.RemoveField("Task", "x")',
        'migrations.DeleteModel("Task")',
        'migrations.SeparateDatabaseAndState(database_operations=[migrations.RenameField("Task", "x", "y")])',
    ],
)
def test_break_is_seen(text: str) -> None:
    assert operations(text)


@pytest.mark.parametrize(
    "text",
    [
        'migrations.AddField("Task", "x", models.TextField(null=True))',
        'migrations.AddField("Task", "x", models.TextField(default="", db_default=""))',
        'migrations.AddField("Task", "x", models.ManyToManyField(to="y"))',
        'migrations.CreateModel(name="Thing"), migrations.AddField("thing", "x", models.TextField())',
        'migrations.SeparateDatabaseAndState(state_operations=[migrations.RenameField("Task", "x", "y")])',
    ],
)
def test_what_breaks_nothing_is_not(text: str) -> None:
    assert operations(text) == []
