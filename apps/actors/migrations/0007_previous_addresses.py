"""The address that a person had before, for mail about their password."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("actors", "0006_owners")]

    operations = [
        migrations.AddField(
            "user",
            "previous_email",
            models.CharField(blank=True, default="", db_default="", editable=False, max_length=254),
        ),
        migrations.AddField("user", "email_changed_at", models.DateTimeField(null=True, blank=True, editable=False)),
    ]
