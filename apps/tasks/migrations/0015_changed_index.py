"""The index by which a container lists what changed last, built while others go on writing."""

from django.db import migrations, models

from apps.core.sql.migrations import AddIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("tasks", "0014_follows_index")]

    operations = [
        AddIndex("Task", models.Index(fields=["container", "updated_at", "id"], name="task_changed")),
    ]
