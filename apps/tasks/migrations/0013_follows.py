"""Tasks that follow a migration of their type, part one: the column."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tasks", "0012_draft_comment")]

    operations = [migrations.AddField("Task", "follows", models.UUIDField(null=True))]
