"""The index by which a container lists what changed last, built while others go on writing."""

from typing import Any

from django.db import migrations, models


class AddIndex(migrations.AddIndex):
    """On PostgreSQL the index is built concurrently, after what an earlier attempt left of it is gone."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        schema_editor.execute(f'DROP INDEX CONCURRENTLY IF EXISTS "{self.index.name}"')
        made = str(self.index.create_sql(model, schema_editor))
        schema_editor.execute(made.replace(" INDEX ", " INDEX CONCURRENTLY ", 1))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("tasks", "0014_follows_index")]

    operations = [
        AddIndex("Task", models.Index(fields=["container", "updated_at", "id"], name="task_changed")),
    ]
