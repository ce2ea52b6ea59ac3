"""Celery entry points of the queue."""

from celery import shared_task

from . import queue


@shared_task(name="automation.sweep", ignore_result=True)
def sweep() -> None:
    """Do what is due; go on while there is a lot of it."""
    while queue.sweep() >= queue.BATCH:
        pass


@shared_task(name="automation.attend", ignore_result=True)
def attend() -> None:
    """Tell of functions whose tasks wait without anybody asking for them; forget workers that went."""
    queue.attend()
