"""How far the migration of a type is."""

from apps.containers.models import TaskType, TypeMigration, TypeVersion
from apps.core.json_types import JsonObject


def migration_heading(kind: TaskType, version: TypeVersion, *, dry_run: bool) -> JsonObject:
    """The keys that every answer begins with."""
    return {
        "container": kind.container.slug,
        "type": kind.name,
        "to_version": version.number,
        "dry_run": dry_run,
    }


def render_migration(kind: TaskType, row: TypeMigration, *, held: int) -> JsonObject:
    """How far a migration is, with the keys of its preview; `held` tasks follow it yet."""
    return {
        **migration_heading(kind, row.version, dry_run=False),
        "tasks": row.tasks,
        "converts": row.converted,
        "needs_person": row.left,
        "held": held,
        "examined": row.converted + row.left + row.held,
        "done": row.ended_at is not None,
        "widens": False,
        "gains": [],
        "versions": [],
        "reasons": [],
        "unfit": [],
        "sample": [],
    }
