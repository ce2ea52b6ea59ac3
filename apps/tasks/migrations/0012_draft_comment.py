"""Drafts of handovers hold the comment too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tasks", "0011_past_rules")]

    operations = [
        migrations.AddField("handover", "draft_comment", models.TextField(blank=True, default="", db_default="")),
    ]
