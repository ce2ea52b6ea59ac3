"""The index of failed tasks by the time of their failure, built while others go on writing."""

from django.db import migrations, models

from apps.core.sql.migrations import AddIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("tasks", "0015_changed_index")]

    operations = [
        AddIndex(
            "Task",
            models.Index(
                fields=["-status_changed_at", "-id"],
                name="task_failed",
                condition=models.Q(("status", "failed")),
            ),
        ),
    ]
