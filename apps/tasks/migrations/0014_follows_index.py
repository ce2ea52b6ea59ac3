"""Tasks that follow a migration of their type, part two: the index, built while others go on writing."""

from django.db import migrations, models

from apps.core.sql.migrations import AddIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("tasks", "0013_follows")]

    operations = [
        AddIndex(
            "Task",
            models.Index(
                fields=["follows", "id"],
                name="task_free_to_follow",
                condition=models.Q(
                    follows__isnull=False, lease_token__isnull=True, status__in=["new", "in_progress"]
                ),
            ),
        ),
    ]
