"""Celery entry points of the queue."""

from celery import shared_task

from . import queue


@shared_task(name="automation.sweep", ignore_result=True)
def sweep() -> None:
    """Do what is due; go on while there is a lot of it."""
    while queue.sweep() >= queue.BATCH:
        pass
