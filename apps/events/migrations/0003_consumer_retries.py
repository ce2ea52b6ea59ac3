"""The model has a plainer name; its table keeps the one that the release before knows."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0002_setbacks")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameModel("Setback", "ConsumerRetry"),
                migrations.AlterModelTable("ConsumerRetry", "events_setback"),
                migrations.AlterField(
                    "ConsumerRetry",
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="retries", to="events.event"
                    ),
                ),
            ]
        )
    ]
