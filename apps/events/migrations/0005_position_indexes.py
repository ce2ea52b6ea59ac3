"""Positions of events, part two: the indexes, built while others go on writing. It may be run again if it broke off."""

from django.db import migrations, models

from apps.core.sql.migrations import AddConstraint, AddIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("events", "0004_position")]

    operations = [
        AddIndex(
            "Event",
            models.Index(fields=["id"], name="event_unnumbered", condition=models.Q(("position", None))),
        ),
        AddConstraint(
            "Event",
            models.UniqueConstraint(
                fields=["position"], name="event_position", condition=models.Q(("position__isnull", False))
            ),
        ),
    ]
