"""Celery entry points of tasks."""

from celery import shared_task

from .services import files


@shared_task(name="tasks.sweep_files", ignore_result=True)
def sweep_files() -> None:
    """Delete bytes that are nobody's; a full batch means that more may wait."""
    while files.sweep() == files.BATCH:
        pass
