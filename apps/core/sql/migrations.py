"""Operations of migrations that build an index while others go on writing."""

from typing import Any

from django.db import migrations


class _Concurrently:
    """On PostgreSQL the index is built concurrently, after what an earlier attempt left of it is gone.

    The migration has `atomic = False`, and may be run again if it broke off.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Build it."""
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)  # type: ignore[misc]
            return
        model = to_state.apps.get_model(app_label, self.model_name)  # type: ignore[attr-defined]
        made = getattr(self, "index", None) or self.constraint  # type: ignore[attr-defined]
        schema_editor.execute(f'DROP INDEX CONCURRENTLY IF EXISTS "{made.name}"')
        schema_editor.execute(str(made.create_sql(model, schema_editor)).replace(" INDEX ", " INDEX CONCURRENTLY ", 1))


class AddIndex(_Concurrently, migrations.AddIndex):
    """An index."""


class AddConstraint(_Concurrently, migrations.AddConstraint):
    """A unique index."""
