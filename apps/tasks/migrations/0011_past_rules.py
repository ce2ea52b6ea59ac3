"""The field has a plainer name; its column keeps the one that the release before knows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tasks", "0010_files_of_fields")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("Task", "passages", "past_rules"),
                migrations.AlterField("Task", "past_rules", models.JSONField(db_column="passages", default=list)),
            ]
        )
    ]
