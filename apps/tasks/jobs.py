"""Celery entry points of tasks."""

from celery import shared_task

from .services import files, type_migration


@shared_task(name="tasks.sweep_files", ignore_result=True)
def sweep_files() -> None:
    """Delete bytes that are nobody's; a full batch means that more may wait."""
    while files.sweep() == files.BATCH:
        pass


@shared_task(name=type_migration.JOB, ignore_result=True)
def migrate() -> None:
    """Go on with the migrations of types that have no end yet."""
    type_migration.migrate_due()
