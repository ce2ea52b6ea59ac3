"""The texts that are searched, and the database's own full-text index over them, kept by the database itself."""

import django.db.models.deletion
from django.db import migrations, models

POSTGRESQL = [
    "ALTER TABLE tasks_searchtext ADD COLUMN vector tsvector"
    " GENERATED ALWAYS AS (to_tsvector('simple', words)) STORED",
    "CREATE INDEX search_text_words ON tasks_searchtext USING gin (vector)",
]
REMOVED = "INSERT INTO tasks_searchtext_fts(tasks_searchtext_fts, rowid, words) VALUES ('delete', old.id, old.words);"
ADDED = "INSERT INTO tasks_searchtext_fts(rowid, words) VALUES (new.id, new.words);"
SQLITE = [
    "CREATE VIRTUAL TABLE tasks_searchtext_fts USING fts5("
    "words, content='tasks_searchtext', content_rowid='id', tokenize='unicode61 remove_diacritics 0')",
    f"CREATE TRIGGER search_text_added AFTER INSERT ON tasks_searchtext BEGIN {ADDED} END",
    f"CREATE TRIGGER search_text_removed AFTER DELETE ON tasks_searchtext BEGIN {REMOVED} END",
    f"CREATE TRIGGER search_text_changed AFTER UPDATE OF words ON tasks_searchtext BEGIN {REMOVED} {ADDED} END",
]


def add_index(apps, schema_editor):
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE tasks_searchtext_fts")


class Migration(migrations.Migration):
    dependencies = [("tasks", "0005_scheduled_updates")]

    operations = [
        migrations.CreateModel(
            name="SearchText",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("part", models.CharField(max_length=60)),
                ("audience", models.CharField(max_length=2000)),
                ("words", models.TextField()),
                (
                    "task",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tasks.task",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("task", "part"), name="search_text_once_a_part")],
            },
        ),
        migrations.RunPython(add_index, drop_index),
    ]
