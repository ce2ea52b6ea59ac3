"""Positions of events, part one: the column and the counter. Nothing is rewritten; the release before ignores both.

Events that exist, and those that the release before inserts, have no position: the sequencer numbers them in batches.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0003_consumer_retries")]

    operations = [
        migrations.AddField("Event", "position", models.BigIntegerField(editable=False, null=True)),
        migrations.CreateModel(
            "Sequencer",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("last", models.BigIntegerField(default=0)),
            ],
        ),
    ]
