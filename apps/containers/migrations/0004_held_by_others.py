"""How many tasks a migration left to the workers and people who had them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("containers", "0003_exact_names")]

    operations = [
        migrations.AddField("TypeMigration", "held", models.PositiveIntegerField(db_default=0, default=0)),
    ]
