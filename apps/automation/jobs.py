"""Celery entry points of the queue and of push functions."""

from celery import shared_task

from . import queue
from .push import executor


@shared_task(name="automation.sweep", ignore_result=True)
def sweep() -> None:
    """Do what is due; go on while there is a lot of it."""
    while queue.sweep() >= queue.BATCH:
        pass


@shared_task(name="automation.attend", ignore_result=True)
def attend() -> None:
    """Record functions whose tasks wait without anybody asking for them; forget workers that went."""
    queue.attend()


@shared_task(name="automation.push", ignore_result=True)
def push() -> None:
    """Call push functions with tasks that wait for it, as far as this worker may at once."""
    executor.run()
