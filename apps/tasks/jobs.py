"""Celery entry points of tasks."""

from celery import shared_task

from .services import files, migrating


@shared_task(name="tasks.sweep_files", ignore_result=True)
def sweep_files() -> None:
    """Delete bytes that are nobody's; a full batch means that more may wait."""
    while files.sweep() == files.BATCH:
        pass


@shared_task(name=migrating.JOB, ignore_result=True)
def migrate() -> None:
    """Go on with the migrations of types that have no end yet."""
    migrating.migrate_due()
