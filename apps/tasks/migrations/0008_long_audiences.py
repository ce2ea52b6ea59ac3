"""A field may have more audiences than 2,000 letters. SQLite never counted them, and keeps its table and triggers."""

from django.db import migrations, models


def lengthen(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE tasks_searchtext ALTER COLUMN audience TYPE text")


class Migration(migrations.Migration):
    dependencies = [("tasks", "0007_handovers_complete")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.AlterField("searchtext", "audience", models.TextField())],
            database_operations=[migrations.RunPython(lengthen, migrations.RunPython.noop)],
        )
    ]
