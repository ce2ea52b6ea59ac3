"""People hear of tasks that they lose, and of tasks that managers come to see."""

from django.db import migrations, models

REASONS = [
    ("asked", "you are asked"),
    ("team_asked", "your team is asked"),
    ("failed_over", "the automation stopped and needs you"),
    ("complete", "your request is complete"),
    ("followed", "a task that you follow is complete"),
    ("comment", "there is a new comment"),
    ("work_note", "there is a new work note"),
    ("told", "a rule tells you"),
    ("reminded", "you are reminded"),
    ("not_done", "what you planned did not happen"),
    ("opened", "an administrator looks into the task"),
    ("shared", "the managers of its container see the task now"),
    ("lost", "you no longer see the task"),
]
KNOWN = [
    "asked", "team_asked", "failed_over", "complete", "followed", "comment", "work_note",
    "told", "opened", "reminded", "not_done", "shared", "lost",
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("notifications", "0004_reminded")]

    operations = [
        migrations.RemoveConstraint(model_name="notification", name="notification_reason_is_known"),
        migrations.AlterField(
            model_name="notification", name="reason", field=models.CharField(choices=REASONS, max_length=12)
        ),
        migrations.AddField(
            model_name="notification",
            name="title",
            field=models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason__in", KNOWN)), name="notification_reason_is_known"
            ),
        ),
    ]
