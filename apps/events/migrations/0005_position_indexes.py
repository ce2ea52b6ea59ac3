"""Positions of events, part two: the indexes, built while others go on writing. It may be run again if it broke off."""

from typing import Any

from django.db import migrations, models


class _Beside:
    """On PostgreSQL the index is built concurrently, after what an earlier attempt left of it is gone."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)  # type: ignore[misc]
            return
        model = to_state.apps.get_model(app_label, self.model_name)  # type: ignore[attr-defined]
        made = getattr(self, "index", None) or self.constraint  # type: ignore[attr-defined]
        schema_editor.execute(f'DROP INDEX CONCURRENTLY IF EXISTS "{made.name}"')
        schema_editor.execute(str(made.create_sql(model, schema_editor)).replace(" INDEX ", " INDEX CONCURRENTLY ", 1))


class AddIndex(_Beside, migrations.AddIndex):
    """An index."""


class AddConstraint(_Beside, migrations.AddConstraint):
    """A unique index."""


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
