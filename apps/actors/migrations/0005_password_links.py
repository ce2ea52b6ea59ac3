"""Who made the last link to set a person's password, and when."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("actors", "0004_sessions_of_people")]

    operations = [
        migrations.AddField("user", "password_link_at", models.DateTimeField(null=True, blank=True, editable=False)),
        migrations.AddField(
            "user",
            "password_link_by",
            models.CharField(blank=True, default="", db_default="", editable=False, max_length=200),
        ),
    ]
